// A recorder. It asks the browser for the raw microphone, shows what comes in, and hands the samples to
// Python: the whole clip once it is over, or (live) half a second at a time. It never plays anything.

const BLOCK_SECONDS = 0.02; // one bar of the level strip
const CHUNK_SECONDS = 0.5; // one live message
const MIN_SECONDS = 0.25; // a shorter recording is a slip of the finger
const MAX_UNCONFIRMED = 20; // live chunks kept until Python confirms them
const FLOOR_DB = -60; // the quietest level that the strip shows
const MIN_GAP = 1; // a shorter one is the jitter of two clocks
const CLOCK_DRIFT = 5e-4; // between the audio hardware's clock and the computer's, at most
const TOLD_MS = 60_000; // a gap is told for so long
const KEPT = "What was recorded until then is kept.";

// Runs on the audio thread: gathers the 128 samples of each call into blocks, and hands over what is left
// when it is told to end.
const WORKLET = `
registerProcessor("esc-blocks", class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.block = new Float32Array(processorOptions.size);
    this.filled = 0;
    this.port.onmessage = () => {
      this.send();
      this.port.postMessage(null);
      this.ended = true;
    };
  }
  send() {
    const part = this.block.slice(0, this.filled);
    this.filled = 0;
    if (part.length) this.port.postMessage(part, [part.buffer]);
  }
  process([input]) {
    for (const sample of input[0] ?? []) {
      this.block[this.filled++] = sample;
      if (this.filled === this.block.length) this.send();
    }
    return !this.ended;
  }
});`;

const PROBLEM_OF_ERROR = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

function knownProblem() {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) return "unsupported";
  return null;
}

// The open microphone: calls onBlock with Float32Array after Float32Array until it is closed.
class Capture {
  static async open(onBlock, onLost) {
    // Voice filters take rain and fans for noise and remove them.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const capture = new Capture();
    capture.stream = await navigator.mediaDevices.getUserMedia({ audio });
    try {
      await capture.connect(onBlock, onLost);
    } catch (error) {
      capture.release();
      throw error;
    }
    return capture;
  }

  async connect(onBlock, onLost) {
    const [track] = this.stream.getAudioTracks();
    track.addEventListener("ended", onLost);
    const settings = track.getSettings();
    this.filtered = Boolean(settings.echoCancellation || settings.noiseSuppression || settings.autoGainControl);
    this.context = new AudioContext({ latencyHint: "balanced" });
    this.sr = this.context.sampleRate;
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await this.context.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
    await this.context.resume();
    this.node = new AudioWorkletNode(this.context, "esc-blocks", {
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { size: Math.round(this.sr * BLOCK_SECONDS) },
    });
    this.node.port.onmessage = ({ data }) => (data ? onBlock(data) : this.onFlushed?.());
    this.context.createMediaStreamSource(this.stream).connect(this.node);
    // Some browsers run only what leads to the output. The node writes nothing there: it stays silent.
    this.node.connect(this.context.destination);
  }

  // Hands over the last samples, then lets the microphone go.
  async close() {
    const flushed = new Promise((resolve) => {
      this.onFlushed = resolve;
      setTimeout(resolve, 300); // the audio thread of a lost device never answers
    });
    this.node.port.postMessage("end");
    await flushed;
    this.release();
  }

  release() {
    if (this.node) this.node.port.onmessage = null;
    this.stream.getTracks().forEach((track) => track.stop());
    if (this.context && this.context.state !== "closed") this.context.close();
  }
}

// How long nothing was heard: the computer's clock goes on while it sleeps, or while the browser has suspended the
// page, and the clock of the audio hardware does not.
class Gaps {
  constructor(context) {
    this.context = context;
    this.last = Date.now() / 1000;
    this.behind = this.last - context.currentTime;
  }

  // Seconds of a gap that has ended since the last call, or 0.
  take() {
    const now = Date.now() / 1000;
    const since = Math.max(0, now - this.last);
    const gap = now - this.context.currentTime - this.behind;
    this.last = now;
    if (gap >= MIN_GAP) {
      this.behind += gap;
      return gap;
    }
    this.behind += Math.max(-CLOCK_DRIFT * since, Math.min(CLOCK_DRIFT * since, gap));
    return 0;
  }
}

// Float samples → base64 of 16-bit little-endian PCM (the byte order of every browser's machine).
function encodePcm(samples) {
  const pcm = Int16Array.from(samples, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32768))));
  const bytes = new Uint8Array(pcm.buffer);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(""));
}

function joined(blocks, length) {
  const samples = new Float32Array(length);
  let at = 0;
  for (const block of blocks) {
    samples.set(block.subarray(0, length - at), at);
    at += Math.min(block.length, length - at);
  }
  return samples;
}

const seconds = (value) => `${value.toFixed(1)} s`;

function gapSentence({ seconds: gap, hidden }) {
  const length = gap < 100 ? `${Math.round(gap)} s` : `${Math.round(gap / 60)} min`;
  return `Nothing was heard for ${length}${hidden ? " while this tab was hidden" : ": the computer slept, or was too busy"}.`;
}

class Recorder {
  constructor(root) {
    this.root = root;
    this.button = root.querySelector(".toggle");
    this.word = root.querySelector(".word");
    this.strip = root.querySelector(".strip");
    this.time = root.querySelector(".time");
    this.status = root.querySelector(".status");
    this.peaks = [];
    this.length = 0;
    this.unconfirmed = [];
    this.button.onclick = () => (this.capture ? this.stop() : this.start());
    this.onHidden = () => this.capture && (this.data.live ? this.listenOn() : document.hidden && this.stop("hidden"));
    document.addEventListener("visibilitychange", this.onHidden);
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.strip);
  }

  // Called on each rerun of the page, with what Python has received so far.
  update(data, send) {
    const first = !this.data;
    this.data = data;
    this.send = send;
    if (first) this.showFirst();
    if (data.live) this.confirm(data.received);
    else if (this.state === "sending" && data.received === this.sentId) {
      this.show("done", `${seconds(this.length / this.sr)} recorded. ${this.note ?? ""}`.trim());
    }
    this.draw(); // the theme may have changed
  }

  showFirst() {
    const { live, max_seconds: most, problem, received, sentences } = this.data;
    if (live && received[0]) this.send("ended", received[0]); // by leaving the page, which can't be told then
    const known = knownProblem();
    if (known && known !== problem) this.send("problem", known);
    if (known || problem) this.show("problem", sentences[known ?? problem]);
    else this.show("ready", live ? "Listens until you stop it, also while another tab is in front." : `Records up to ${most} s and stops by itself.`);
    this.button.disabled = Boolean(known);
    this.showTime();
  }

  async start() {
    if (this.state === "asking" || this.state === "stopping") return;
    this.show("asking", "Waiting for the microphone. If the browser asks, choose Allow.");
    this.blocks = [];
    this.peaks = [];
    this.length = this.chunkStart = this.index = this.unheard = 0;
    this.unconfirmed = [];
    this.gap = null;
    this.note = undefined;
    let capture;
    try {
      capture = await Capture.open(
        (block) => this.take(block),
        () => this.stop("lost"),
      );
    } catch (error) {
      console.warn("microphone:", error);
      this.fail(PROBLEM_OF_ERROR[error.name] ?? "failed");
      return;
    }
    if (this.destroyed) {
      capture.release();
      return;
    }
    this.capture = capture;
    this.sr = capture.sr;
    this.gaps = new Gaps(capture.context);
    this.limit = this.data.live ? Infinity : Math.round(this.data.max_seconds * this.sr);
    this.id = crypto.randomUUID();
    // A player that goes on would be recorded too.
    window.dispatchEvent(new CustomEvent("esc:sound-starts", { detail: this }));
    if (!this.data.live) this.send("began", true);
    this.show("recording", this.data.live ? "Listening." : "Recording.");
    if (document.hidden && !this.data.live) this.stop("hidden");
  }

  // Listening goes on in a hidden tab: the audio thread runs, and its messages wait for no timer. But browsers give a
  // hidden tab less of a busy processor, or suspend it: then sound is missing, which is told.
  listenOn() {
    if (document.hidden) this.wasHidden = true;
    else this.capture.context.resume();
  }

  // Notes a gap for the next chunk, and for the eyes.
  noteGap() {
    const gap = this.gaps.take();
    if (!gap) return;
    this.unheard += gap;
    const hidden = this.wasHidden || Boolean(this.gap?.hidden);
    this.gap = { seconds: gap + (this.gap?.seconds ?? 0), hidden, told: Date.now() };
  }

  take(block) {
    if (!this.capture || this.length >= this.limit) return;
    this.blocks.push(block);
    this.length = Math.min(this.length + block.length, this.limit);
    this.peaks.push(block.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0));
    if (this.data.live) {
      if (this.peaks.length > 2 * this.slots()) this.peaks = this.peaks.slice(-this.slots());
      this.noteGap();
      this.deliverChunk();
      if (!document.hidden) this.wasHidden = false;
    }
    this.hint();
    this.redraw();
    if (this.length >= this.limit) this.stop();
  }

  // Says what is wrong while it can still be mended.
  hint() {
    const last = this.peaks.slice(-50);
    if (this.state !== "recording" || last.length < 50) return;
    const doing = this.data.live ? "Listening" : "Recording";
    if (this.gap && Date.now() - this.gap.told > TOLD_MS) this.gap = null;
    let sentence = `${doing}.`;
    if (last.every((peak) => peak === 0)) sentence = `${doing}, but no sound comes in. Is the microphone muted?`;
    else if (last.some((peak) => peak > 0.99)) sentence = `${doing}. Too loud: move away from the microphone.`;
    if (this.gap) sentence += ` ${gapSentence(this.gap)}`;
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }

  // A chunk that Python has not confirmed goes out again with the next one: Streamlit drops an event when
  // a newer one arrives before the script has run.
  deliverChunk() {
    const size = Math.round(this.sr * CHUNK_SECONDS);
    if (this.length - this.chunkStart < size) return;
    const available = joined(this.blocks, this.length - this.chunkStart);
    this.unconfirmed.push([this.index++, encodePcm(available.subarray(0, size)), this.unheard]);
    this.unheard = 0;
    this.blocks = [available.slice(size)];
    this.chunkStart += size;
    this.unconfirmed = this.unconfirmed.slice(-MAX_UNCONFIRMED);
    this.send("chunks", { id: this.id, sr: this.sr, chunks: this.unconfirmed });
  }

  confirm([session, last]) {
    if (session === this.id) this.unconfirmed = this.unconfirmed.filter(([index]) => index > last);
  }

  async stop(problem) {
    const { capture } = this;
    if (!capture || this.state === "stopping") return;
    this.show("stopping", this.status.textContent);
    await capture.close();
    this.capture = null;
    if (this.destroyed) return;
    if (this.data.live) this.send("ended", this.id);
    const long = this.length >= MIN_SECONDS * this.sr;
    if (!this.data.live && long) this.deliverClip(capture, problem);
    else if (problem) this.fail(problem);
    else if (this.data.live) this.show("done", "Stopped.");
    else this.show("done", "That was too short. Record for at least a second.");
    this.draw();
  }

  deliverClip(capture, problem) {
    const pcm = encodePcm(joined(this.blocks, this.length));
    this.sentId = this.id;
    this.show("sending", "Sending the recording.");
    this.send("recording", { id: this.id, sr: this.sr, pcm, filtered: capture.filtered });
    if (!problem) return;
    this.note = `${this.data.sentences[problem]} ${KEPT}`;
    this.send("problem", problem);
  }

  fail(problem) {
    if (this.destroyed) return;
    this.show("problem", this.data.sentences[problem]);
    this.send("problem", problem);
  }

  show(state, sentence) {
    this.state = state;
    this.root.dataset.state = state === "stopping" ? "recording" : state;
    const open = state === "recording" || state === "stopping";
    this.word.textContent = open ? "Stop" : this.data.live ? "Listen" : "Record";
    // Not `disabled`, which would take the keyboard's focus away in the middle of a recording.
    this.button.setAttribute("aria-disabled", state === "asking" || state === "stopping");
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
    this.showTime();
  }

  showTime() {
    const now = this.sr ? this.length / this.sr : 0;
    this.time.textContent = this.data.live ? seconds(now) : `${now.toFixed(1)} of ${this.data.max_seconds} s`;
  }

  redraw() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.showTime();
      this.draw();
    });
  }

  // Bars of the level strip.
  slots() {
    return Math.round(this.data.max_seconds / BLOCK_SECONDS);
  }

  // The level over time, one bar a block; bars that reach full scale are red.
  draw() {
    const { strip, peaks, data } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(strip.clientWidth * ratio);
    const height = Math.round(strip.clientHeight * ratio);
    if (!width || !data) return;
    strip.width = width;
    strip.height = height;
    const slots = this.slots();
    const shown = peaks.slice(-slots);
    const style = getComputedStyle(strip);
    const colour = style.getPropertyValue("--st-primary-color");
    const tooLoud = style.getPropertyValue("--st-red-color");
    const pen = strip.getContext("2d");
    const bar = Math.ceil(width / slots); // whole pixels: neighbours with soft edges would shimmer
    shown.forEach((peak, i) => {
      const db = 20 * Math.log10(Math.max(peak, 1e-9));
      const tall = Math.max(0.04, 1 - db / FLOOR_DB) * height;
      pen.fillStyle = peak > 0.99 ? tooLoud : colour;
      pen.fillRect(Math.floor((i / slots) * width), (height - tall) / 2, bar, tall);
    });
  }

  destroy() {
    this.destroyed = true;
    this.capture?.release();
    this.capture = null;
    document.removeEventListener("visibilitychange", this.onHidden);
    this.resizing.disconnect();
  }
}

const recorders = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let recorder = recorders.get(parentElement);
  if (!recorder) {
    recorder = new Recorder(parentElement.querySelector(".recorder"));
    recorders.set(parentElement, recorder);
  }
  recorder.update(data, setTriggerValue);
  return () => {
    // Streamlit may also call this for a run that a newer one has overtaken: then all stays as it is.
    if ((parentElement.host ?? parentElement).isConnected) return;
    recorder.destroy();
    recorders.delete(parentElement);
  };
}
