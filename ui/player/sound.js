// The sound: WAV bytes → samples → Web Audio, one or two tracks in sync. Knows nothing of the display.

const FADE_SECONDS = 0.005; // long enough not to click, too short to hear
const PATIENCE_MS = 500; // a browser that blocks sound never answers
const SUSPEND_MS = 200;

const contexts = new Map(); // sampling rate → AudioContext; browsers allow few, so all players share them
let sounding = null; // the only Sound that plays

// A context at the file's own rate, so that Web Audio interpolates no sample.
function contextFor(sr) {
  if (!contexts.has(sr)) {
    let context;
    try {
      context = new AudioContext({ sampleRate: sr, latencyHint: "interactive" });
    } catch {
      context = new AudioContext(); // an unusual rate: the browser resamples
    }
    contexts.set(sr, context);
  }
  return contexts.get(sr);
}

// Python has checked the file: 16-bit or float32, mono or stereo.
function decodeWav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nameAt = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  let format;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = nameAt(at);
    const size = view.getUint32(at + 4, true);
    if (name === "fmt ") {
      format = { channels: view.getUint16(at + 10, true), sr: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true) };
    } else if (name === "data") {
      return { sr: format.sr, channels: readSamples(bytes.slice(at + 8, at + 8 + size).buffer, format) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("the WAV file holds no samples");
}

function readSamples(buffer, { channels, bits }) {
  const width = bits / 8;
  const count = Math.floor(buffer.byteLength / width);
  const all = bits === 16 ? Float32Array.from(new Int16Array(buffer, 0, count), (x) => x / 32768) : new Float32Array(buffer, 0, count);
  if (channels === 1) return [all];
  return [0, 1].map((channel) => Float32Array.from({ length: Math.floor(count / 2) }, (_, i) => all[2 * i + channel]));
}

class Sound {
  constructor(onChange) {
    this.onChange = onChange;
    this.playing = false;
    this.offset = 0; // seconds, where playing starts or stopped
    this.audible = 0;
    this.gain = 0.8;
    this.looping = false;
    this.onOther = ({ detail }) => detail !== this && this.pause();
    window.addEventListener("esc:sound-starts", this.onOther);
  }

  load(wavs) {
    this.pause();
    const tracks = wavs.map(decodeWav);
    this.sr = tracks[0].sr;
    this.lengths = tracks.map(({ channels }) => channels[0].length);
    // Silence after the shorter track, so that both end and loop at the same time.
    const length = Math.max(...this.lengths);
    this.buffers = tracks.map(({ channels }) => {
      const buffer = new AudioBuffer({ length, numberOfChannels: channels.length, sampleRate: this.sr });
      channels.forEach((samples, i) => buffer.copyToChannel(samples, i));
      return buffer;
    });
    this.duration = length / this.sr;
    this.offset = 0;
    this.audible = Math.min(this.audible, tracks.length - 1);
  }

  // The samples of a track, without the added silence.
  samples(track, channel = 0) {
    return this.buffers[track].getChannelData(channel).subarray(0, this.lengths[track]);
  }

  get position() {
    if (!this.playing) return this.offset;
    // Output latency: up to a quarter of a second with a Bluetooth loudspeaker.
    const since = this.context.currentTime - this.startedAt - (this.context.outputLatency || 0);
    const position = this.offset + Math.max(0, since);
    return this.looping ? position % this.duration : Math.min(position, this.duration);
  }

  // Resolves to false if the browser blocks sound because the user has not yet interacted with the page.
  async play() {
    if (this.playing) return true;
    window.dispatchEvent(new CustomEvent("esc:sound-starts", { detail: this }));
    sounding = this;
    const attempt = {};
    this.attempt = attempt;
    const context = contextFor(this.sr);
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    if (this.attempt !== attempt) return true; // stopped, or replaced, in the meantime
    this.attempt = null;
    if (context.state !== "running") return false;
    this.context = context;
    if (this.offset >= this.duration - 0.01) this.offset = 0;
    this.startNodes();
    return true;
  }

  startNodes() {
    const { context, offset } = this;
    const now = context.currentTime;
    this.master = new GainNode(context, { gain: offset > 0 ? 0 : this.gain });
    if (offset > 0) this.fade(this.master, 0, this.gain);
    this.master.connect(context.destination);
    this.nodes = this.buffers.map((buffer, i) => {
      const source = new AudioBufferSourceNode(context, { buffer, loop: this.looping });
      const gain = new GainNode(context, { gain: i === this.audible ? 1 : 0 });
      source.connect(gain).connect(this.master);
      source.start(now, offset);
      return { source, gain };
    });
    this.nodes[0].source.onended = () => this.finish();
    this.startedAt = now;
    this.playing = true;
    this.onChange();
  }

  fade(node, from, to) {
    const now = this.context.currentTime;
    node.gain.cancelScheduledValues(now);
    node.gain.setValueAtTime(from, now);
    node.gain.linearRampToValueAtTime(to, now + FADE_SECONDS);
  }

  stopNodes() {
    this.nodes[0].source.onended = null;
    this.fade(this.master, this.master.gain.value, 0);
    this.nodes.forEach(({ source }) => source.stop(this.context.currentTime + FADE_SECONDS));
    this.nodes = [];
    this.playing = false;
  }

  pause() {
    this.attempt = null;
    if (sounding === this) sounding = null;
    if (!this.playing) return;
    this.offset = this.position;
    this.stopNodes();
    this.rest();
    this.onChange();
  }

  finish() {
    this.playing = false;
    this.offset = this.duration;
    if (sounding === this) sounding = null;
    this.rest();
    this.onChange();
  }

  // A running context keeps the sound hardware awake.
  rest() {
    const { context } = this;
    setTimeout(() => !sounding && context.suspend(), SUSPEND_MS);
  }

  seek(seconds) {
    const target = Math.max(0, Math.min(this.duration, seconds));
    if (this.playing) this.stopNodes();
    else {
      this.offset = target;
      this.onChange();
      return;
    }
    this.offset = target;
    if (target < this.duration) this.startNodes();
    else this.finish();
  }

  // Both tracks always run; only their gains change.
  select(track) {
    if (track === this.audible) return;
    this.audible = track;
    if (this.playing) this.nodes.forEach(({ gain }, i) => this.fade(gain, gain.gain.value, i === track ? 1 : 0));
    this.onChange();
  }

  setLooping(looping) {
    if (this.playing) {
      this.offset = this.position; // the position is counted from here on
      this.startedAt = this.context.currentTime - (this.context.outputLatency || 0);
      this.nodes.forEach(({ source }) => (source.loop = looping));
    }
    this.looping = looping;
    this.onChange();
  }

  setGain(gain) {
    this.gain = Math.max(0, Math.min(1, gain));
    if (this.playing) this.fade(this.master, this.master.gain.value, this.gain);
  }

  destroy() {
    this.onChange = () => {};
    this.pause();
    window.removeEventListener("esc:sound-starts", this.onOther);
  }
}
