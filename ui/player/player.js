// The display: one or two lanes of waveform and picture under one playhead, and the keys and buttons.

const STEP_SECONDS = 0.5;
const FINE_STEP_SECONDS = 0.1;
const WAVE_SHARE = 0.3; // of a lane's height
const MIN_SCALE = 0.05; // silence is not enlarged to fill the height
const TICK_WIDTH = 64; // pixels that a label of the time axis needs
const TICK_HEIGHT = 15; // and one of the frequency axis
const TICK_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
const BLOCKED = "The browser blocked the sound: press play.";

const played = new Set(); // tokens that were played; kept when a player is removed and mounted again
const calmly = window.matchMedia("(prefers-reduced-motion: reduce)");

const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
const percent = (share) => `${100 * share}%`;
const hertz = (hz) => (hz < 1000 ? `${Math.round(hz)} Hz` : `${(hz / 1000).toFixed(1)} kHz`);
const signed = (value) => value.toFixed(0).replace("-", "−");

// See _pack in __init__.py.
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const lane of content.lanes) {
    [lane.wav, lane.png, lane.levels] = lane.sizes.map((size) => bytes.subarray(at, (at += size)));
  }
  if (content.importance) content.importance.png = bytes.subarray(at, at + content.importance.size);
  content.tracks = content.lanes.slice(0, content.n_tracks); // the last lane may be a picture without a sound
  return content;
}

// Leaves out labels that would touch the one below.
function apart(ticks, gap) {
  let last = -Infinity;
  return [...ticks].sort(([a], [b]) => a - b).filter(([position]) => position - last >= gap && (last = position) >= 0);
}

// A row for each category, in the order in which they begin.
function rowsOf(guesses) {
  const rows = new Map();
  for (const guess of guesses) rows.set(guess.label, [...(rows.get(guess.label) ?? []), guess]);
  return [...rows];
}

class Player {
  constructor(root) {
    this.root = root;
    for (const name of ["guesses", "plot", "lanes", "marks", "hair", "head", "readout", "axis", "play", "loop", "time", "choice", "note"]) {
      this[name] = root.querySelector(`.${name}`);
    }
    this.volume = root.querySelector(".volume input");
    this.laneTemplate = root.querySelector(".lane-template");
    this.sound = new Sound(() => this.show());
    this.volume.value = this.sound.gain;
    this.listen();
    this.pictures = [];
    this.bars = [];
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.plot);
    // For tests: the samples, and the state of playback.
    root.__player = {
      samples: (track, channel) => this.sound.samples(track, channel),
      position: () => this.sound.position,
      state: () => root.dataset.state,
      audible: () => this.sound.audible,
      sampleRate: () => this.sound.sr,
    };
  }

  listen() {
    const { plot, root, sound } = this;
    this.play.onclick = () => this.toggle();
    this.loop.onclick = () => sound.setLooping(!sound.looping);
    this.volume.oninput = () => sound.setGain(Number(this.volume.value));
    root.onkeydown = (event) => this.onKey(event);
    plot.onpointerdown = (event) => {
      if (event.button !== 0) return;
      plot.setPointerCapture(event.pointerId);
      this.dragged = this.timeAt(event);
      this.showHead();
    };
    plot.onpointermove = (event) => {
      if (this.dragged !== undefined) {
        this.dragged = this.timeAt(event);
        this.showHead();
      }
      this.readOut(event);
    };
    plot.onpointerup = () => {
      if (this.dragged === undefined) return;
      const target = this.dragged;
      this.dragged = undefined;
      sound.seek(target);
    };
    // The browser uses the finger for scrolling: it was not a seek.
    plot.onpointercancel = () => {
      this.dragged = undefined;
      this.showHead();
    };
    plot.onpointerleave = () => this.readOut(null);
  }

  // Called on each rerun of the page; usually nothing is new.
  update(bytes) {
    const content = unpack(bytes);
    const before = this.content;
    this.content = content;
    const newSounds = content.sounds !== before?.sounds;
    if (newSounds) this.load();
    if (newSounds || content.view !== before?.view) this.build();
    if (content.loop !== before?.loop) this.sound.setLooping(content.loop);
    this.draw();
    this.show();
    const [token, track] = content.token ?? [];
    if (token && !played.has(token)) {
      played.add(token);
      this.token = token;
      this.told = false;
      this.sound.select(track);
      this.start(0);
    }
  }

  load() {
    this.failed = this.blocked = false;
    try {
      this.sound.load(this.content.tracks.map(({ wav }) => wav));
      this.token = null;
    } catch (error) {
      console.warn("player:", error);
      this.failed = true;
    }
  }

  get total() {
    return Math.max(this.sound.duration || 0, ...this.content.tracks.map(({ duration }) => duration));
  }

  build() {
    const { lanes, tracks, marks, height } = this.content;
    const pair = tracks.length > 1;
    const wave = Math.round(height * WAVE_SHARE);
    this.root.classList.toggle("has-scale", tracks.some(({ db_range: range }) => range));
    this.lanes.replaceChildren(...lanes.map((lane, i) => this.buildLane(lane, i, pair, wave, height - wave)));
    this.marks.replaceChildren(...marks.map(([start, end, label]) => this.buildMark(start, end, label)));
    this.buildGuesses();
    const choices = tracks.map(({ label }, i) => {
      const button = element("button", "", "AB"[i]);
      button.type = "button";
      button.setAttribute("aria-label", `Hear ${"AB"[i]}, ${label}`);
      button.onclick = () => this.sound.select(i);
      return button;
    });
    this.choice.replaceChildren(...(pair ? choices : []));
    this.plot.setAttribute("aria-label", `Position in ${tracks.map(({ label }) => label).join(" and ")}`);
    this.plot.setAttribute("aria-valuemax", this.total.toFixed(2));
  }

  buildLane(track, i, pair, waveHeight, melHeight) {
    const lane = this.laneTemplate.content.cloneNode(true).firstElementChild;
    const part = (name) => lane.querySelector(`.${name}`);
    const sounds = i < this.content.n_tracks;
    lane.classList.toggle("silent", !sounds);
    part("dot").style.background = track.color;
    part("name").textContent = pair && sounds ? `${"AB"[i]} · ${track.label}` : track.label;
    part("wave").style.height = `${waveHeight}px`;
    if (!sounds) part("wave").remove();
    part("mel").style.height = `${melHeight}px`;
    part("ticks").append(
      ...apart(track.ticks, TICK_HEIGHT / melHeight).map(([position, text]) => {
        const tick = element("span", "", text);
        tick.style.bottom = percent(position);
        return tick;
      }),
    );
    if (track.db_range) {
      part("low").textContent = `${signed(track.db_range[0])} dB`;
      part("high").textContent = `${sounds ? "" : "+"}${signed(track.db_range[1])} dB`;
    } else part("scale").remove();
    this.showPicture(part("picture"), track, i);
    if (i === 0 && this.content.importance) this.showImportance(part("strip"), part("paint"));
    return lane;
  }

  // A bar for each moment above the waveform, colour over the picture, and a frame around one part.
  showImportance(strip, paint) {
    const { span, over_time: heights, png, box } = this.content.importance;
    const [start, end] = span;
    const step = (end - start) / heights.length;
    strip.append(
      ...heights.map((height, i) => {
        const bar = element("span", "");
        bar.style.left = percent((start + i * step) / this.total);
        bar.style.width = percent(step / this.total);
        bar.style.height = percent(height);
        return bar;
      }),
    );
    const image = element("img", "");
    image.alt = "";
    image.style.left = percent(start / this.total);
    image.style.width = percent((end - start) / this.total);
    image.src = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    image.onload = () => URL.revokeObjectURL(image.src);
    const frame = element("span", "");
    frame.style.left = percent(box[0] / this.total);
    frame.style.width = percent((box[1] - box[0]) / this.total);
    frame.style.bottom = percent(box[2]);
    frame.style.height = percent(box[3] - box[2]);
    paint.append(image, frame);
  }

  // What the answer would be without the part under the pointer.
  importanceAt({ clientY }, time) {
    const { importance } = this.content;
    if (!importance) return [];
    const { span, over_time: heights, band_edges: edges, words } = importance;
    const { top, bottom } = this.lanes.querySelector(".picture").getBoundingClientRect();
    const height = (bottom - clientY) / (bottom - top);
    const step = Math.floor(((time - span[0]) / (span[1] - span[0])) * heights.length);
    const band = edges.findIndex((edge) => height < edge) - 1;
    return words[band]?.[step] ? [words[band][step]] : [];
  }

  // Until the new picture is decoded the old one stays, so that nothing flickers.
  async showPicture(frame, track, i) {
    const old = this.pictures[i];
    if (old) frame.append(old);
    const image = element("img", "");
    image.alt = "";
    image.draggable = false; // or the browser would drag the picture instead of the playhead
    image.style.width = percent(track.duration / this.total);
    image.src = URL.createObjectURL(new Blob([track.png], { type: "image/png" }));
    this.pictures[i] = image;
    await image.decode().catch(() => {});
    if (this.pictures[i] === image) frame.replaceChildren(image);
    if (old) URL.revokeObjectURL(old.src);
  }

  buildMark(start, end, label) {
    const mark = element("div", "mark");
    mark.style.left = percent(start / this.total);
    mark.style.width = percent((end - start) / this.total);
    if (label) mark.append(element("span", "", label));
    return mark;
  }

  // Under the picture, on its time axis and under its playhead.
  buildGuesses() {
    this.bars = [];
    this.guesses.replaceChildren(
      ...rowsOf(this.content.guesses).map(([label, guesses]) => {
        const row = element("li", "");
        const name = element("span", "", label);
        // In the left half the name begins with the bar, in the right half it ends with it: there it has room.
        const { start, end } = guesses[0];
        if (start < this.total / 2) name.style.left = percent(start / this.total);
        else name.style.right = percent(Math.max(0, 1 - end / this.total));
        row.append(...guesses.map((guess) => this.buildBar(guess)), name);
        return row;
      }),
    );
  }

  buildBar({ start, end, label, percent: shown, prob, color }) {
    const button = element("button", "");
    button.type = "button";
    button.tabIndex = -1; // dozens of events would stand between the keyboard and the play button
    button.title = `${label} ${shown}, ${start.toFixed(1)}–${end.toFixed(1)} s`;
    button.setAttribute("aria-label", button.title);
    button.style.left = percent(start / this.total);
    button.style.width = percent((Math.min(end, this.total) - start) / this.total);
    button.style.background = `color-mix(in srgb, ${color} ${Math.round(20 + 30 * prob)}%, var(--st-background-color))`;
    button.style.borderColor = color;
    button.onclick = () => this.sound.seek(start);
    this.bars.push([start, end, button]);
    return button;
  }

  toggle() {
    if (this.sound.playing) this.sound.pause();
    else this.start();
  }

  async start(position) {
    if (this.failed) return;
    if (position !== undefined) this.sound.seek(position);
    this.blocked = false;
    const allowed = await this.sound.play();
    this.blocked = !allowed;
    this.show();
  }

  onKey(event) {
    const { sound } = this;
    const onButton = event.target.closest("button");
    const onVolume = event.target === this.volume;
    const step = event.shiftKey ? FINE_STEP_SECONDS : STEP_SECONDS;
    const actions = {
      " ": onButton ? null : () => this.toggle(), // on a button, space presses the button
      ArrowLeft: onVolume ? null : () => sound.seek(sound.position - step),
      ArrowRight: onVolume ? null : () => sound.seek(sound.position + step),
      Home: onVolume ? null : () => sound.seek(0),
      End: onVolume ? null : () => sound.seek(sound.duration),
      l: () => sound.setLooping(!sound.looping),
      b: () => this.content.tracks.length > 1 && sound.select(1 - sound.audible),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || this.failed) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  timeAt({ clientX }) {
    const { left, width } = this.plot.getBoundingClientRect();
    const time = (Math.max(0, Math.min(width, clientX - left)) / width) * this.total;
    return Math.min(time, this.sound.duration ?? 0);
  }

  // "2.31 s · 1.2 kHz · −34 dB", as far as known under the pointer.
  readOut(event) {
    this.hair.style.visibility = event ? "visible" : "hidden";
    if (!event) {
      this.readout.textContent = "";
      return;
    }
    const time = this.timeAt(event);
    this.hair.style.transform = `translateX(${(time / this.total) * this.plot.clientWidth}px)`;
    const parts = [`${time.toFixed(2)} s`, ...this.valuesAt(event, time), ...this.importanceAt(event, time)];
    this.readout.textContent = parts.join(" · ");
  }

  valuesAt({ clientY }, time) {
    for (const [i, picture] of [...this.lanes.querySelectorAll(".picture")].entries()) {
      const { levels, bands, db_range: range, duration } = this.content.lanes[i];
      const { top, bottom } = picture.getBoundingClientRect();
      if (!range || clientY < top || clientY >= bottom || time >= duration) continue;
      const frames = levels.length / bands.length;
      const band = Math.min(bands.length - 1, Math.floor(((bottom - clientY) / (bottom - top)) * bands.length));
      const level = levels[band * frames + Math.floor((time / duration) * frames)];
      return [hertz(bands[band]), `${signed(range[0] + (level / 255) * (range[1] - range[0]))} dB`];
    }
    return [];
  }

  show() {
    if (!this.content) return;
    const { sound, root } = this;
    if (sound.playing) this.blocked = false;
    root.dataset.state = this.failed ? "failed" : sound.playing ? "playing" : this.blocked ? "blocked" : "stopped";
    this.play.setAttribute("aria-label", sound.playing ? "Pause" : "Play");
    this.play.disabled = this.failed;
    this.loop.setAttribute("aria-pressed", sound.looping);
    [...this.choice.children].forEach((button, i) => button.setAttribute("aria-pressed", i === sound.audible));
    [...this.lanes.children].forEach((lane, i) => lane.classList.toggle("muted", i < this.content.n_tracks && i !== sound.audible));
    const note = this.failed ? "This browser can't play this sound." : this.blocked ? BLOCKED : "";
    if (this.note.textContent !== note) this.note.textContent = note;
    this.showHead();
    this.tell(sound.playing);
    if (sound.playing) this.follow();
  }

  // Tells the card whose ▸ asked for this sound whether it plays.
  tell(playing) {
    if (!this.token || playing === this.told) return;
    this.told = playing;
    window.dispatchEvent(new CustomEvent("esc:sound-state", { detail: { token: this.token, playing } }));
  }

  follow() {
    if (this.following) return;
    const next = () => {
      this.following = false;
      this.showHead();
      if (this.sound.playing) this.follow();
    };
    this.following = true;
    if (calmly.matches) setTimeout(next, 250);
    else requestAnimationFrame(next);
  }

  showHead() {
    const position = this.dragged ?? this.sound.position;
    const { total } = this;
    this.head.style.transform = `translateX(${(position / total) * this.plot.clientWidth}px)`;
    this.time.textContent = `${position.toFixed(2)} / ${total.toFixed(2)} s`;
    // Whole seconds during playback, or a screen reader would never stop talking.
    const spoken = this.sound.playing ? Math.floor(position) : Number(position.toFixed(1));
    if (spoken !== this.spoken) {
      this.spoken = spoken;
      this.plot.setAttribute("aria-valuenow", spoken);
      this.plot.setAttribute("aria-valuetext", `${spoken} of ${total.toFixed(1)} seconds`);
    }
    for (const [start, end, bar] of this.bars) bar.classList.toggle("now", start <= position && position < end);
    const { span: [start, end], over_time: { length } } = this.content.importance ?? { span: [0, 1], over_time: [] };
    const now = Math.floor(((position - start) / (end - start)) * length);
    [...this.lanes.querySelectorAll(".strip span")].forEach((bar, i) => bar.classList.toggle("now", i === now));
  }

  draw() {
    if (!this.content || this.failed || !this.plot.clientWidth) return;
    const { sounds, view } = this.content;
    const drawn = [sounds, view, this.plot.clientWidth, window.devicePixelRatio].join();
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.drawWaves();
      this.drawAxis();
    }
    this.showHead();
  }

  // One amplitude scale for both tracks, so that louder looks louder.
  drawWaves() {
    const sounds = this.content.tracks.map((_, i) => this.sound.samples(i));
    const peaks = sounds.map((samples) => samples.reduce((peak, x) => Math.max(peak, Math.abs(x)), MIN_SCALE));
    const scale = Math.max(...peaks);
    [...this.lanes.querySelectorAll(".wave")].forEach((canvas, i) => {
      this.drawWave(canvas, sounds[i], this.content.tracks[i].color, scale);
    });
  }

  drawWave(canvas, samples, color, scale) {
    const ratio = window.devicePixelRatio || 1;
    const width = (canvas.width = Math.round(canvas.clientWidth * ratio));
    const height = (canvas.height = Math.round(canvas.clientHeight * ratio));
    const pen = canvas.getContext("2d");
    const perPixel = (this.total * this.sound.sr) / width;
    const yOf = (x) => (0.5 - (x / scale) * 0.47) * height;
    pen.fillStyle = color;
    for (let x = 0; x < width; x++) {
      const from = Math.floor(x * perPixel);
      if (from >= samples.length) break;
      const to = Math.max(from + 1, Math.min(samples.length, Math.floor((x + 1) * perPixel)));
      let low = samples[from];
      let high = low;
      for (let i = from + 1; i < to; i++) {
        if (samples[i] < low) low = samples[i];
        else if (samples[i] > high) high = samples[i];
      }
      pen.fillRect(x, yOf(high), 1, Math.max(ratio, yOf(low) - yOf(high)));
    }
  }

  drawAxis() {
    const { total } = this;
    const fits = this.plot.clientWidth / TICK_WIDTH;
    const step = TICK_STEPS.find((size) => total / size <= fits) ?? total;
    const digits = step < 1 ? 1 : 0;
    const count = Math.floor(total / step + 1e-6);
    this.axis.replaceChildren(
      ...Array.from({ length: count + 1 }, (_, i) => {
        const tick = element("span", "", `${(i * step).toFixed(digits)}${i === count ? " s" : ""}`);
        tick.style.left = percent((i * step) / total);
        return tick;
      }),
    );
  }

  destroy() {
    this.tell(false);
    this.sound.destroy();
    this.resizing.disconnect();
    this.pictures.forEach(({ src }) => URL.revokeObjectURL(src));
  }
}

const players = new WeakMap();

export default function ({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement.querySelector(".player"));
    players.set(parentElement, player);
  }
  player.update(data);
  return () => {
    // Streamlit also calls this for a run that a newer one has replaced: then nothing must change.
    if ((parentElement.host ?? parentElement).isConnected) return;
    player.destroy();
    players.delete(parentElement);
  };
}
