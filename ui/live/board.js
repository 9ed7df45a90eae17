// The board of the Live page: what is heard now, a spectrogram that scrolls, the list of events.

const SECONDS = 20; // of the spectrogram
const MAX_NAMES = 40;
const FLASH_MS = 1500;

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const percent = (x) => `${Math.round(100 * x)}%`;
const likely = (x) => (x < 0.01 ? "<1%" : percent(x)); // no category is impossible

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function beep() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const gain = context.createGain();
  gain.gain.value = 0.2;
  tone.frequency.value = 880;
  tone.connect(gain).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.2);
  tone.onended = () => context.close();
}

class Board {
  constructor(root) {
    this.root = root;
    for (const name of ["state", "bars", "events", "none", "alarm", "mel", "names", "counts"]) {
      this[name] = root.querySelector(`.${name}`);
    }
    this.last = -1; // the newest column that is drawn
    this.fired = null;
  }

  update(data, send) {
    this.data = data;
    this.send = send;
    this.root.classList.toggle("large", data.large);
    if (this.state.textContent !== data.state) this.state.textContent = data.state;
    this.counts.textContent = data.counts;
    this.showBars(data.bars);
    this.scroll(data.mel);
    this.showNames(data.names);
    const key = JSON.stringify(data.events);
    if (key !== this.listed) this.showEvents(data.events);
    this.listed = key;
    this.showAlarm(data.alarm);
  }

  showBars(bars) {
    while (this.bars.children.length > bars.length) this.bars.lastChild.remove();
    bars.forEach(([name, value, colour], i) => {
      let row = this.bars.children[i];
      if (!row) {
        row = element("li", "");
        const bar = element("span", "bar");
        bar.append(element("span", "fill"));
        row.append(element("span", "name"), bar, element("span", "value"));
        this.bars.append(row);
      }
      const fill = row.querySelector(".fill");
      row.querySelector(".name").textContent = name;
      row.querySelector(".value").textContent = likely(value);
      fill.style.width = percent(value);
      fill.style.background = colour;
    });
  }

  // Moves the picture to the left and paints the columns that are new.
  scroll({ first, columns, n_mels: nMels, frame_seconds: frameSeconds, palette }) {
    const total = Math.round(SECONDS / frameSeconds);
    if (this.mel.width !== total || this.mel.height !== nMels) {
      this.mel.width = total;
      this.mel.height = nMels;
      this.last = -1;
    }
    const levels = Uint8Array.from(atob(columns), (c) => c.charCodeAt(0));
    const count = levels.length / nMels;
    const newest = first + count - 1;
    if (newest < this.last) this.last = -1; // another listener
    const fresh = Math.min(count, newest - this.last);
    if (fresh <= 0) return;
    const pen = this.mel.getContext("2d");
    const moved = Math.min(total, this.last < 0 ? total : newest - this.last);
    pen.drawImage(this.mel, -moved, 0);
    pen.fillStyle = "#000004";
    pen.fillRect(total - moved, 0, moved, nMels);
    const image = pen.createImageData(fresh, nMels);
    for (let x = 0; x < fresh; x += 1) {
      for (let band = 0; band < nMels; band += 1) {
        const colour = palette[levels[(count - fresh + x) * nMels + band] >> 3];
        image.data.set(colour, ((nMels - 1 - band) * fresh + x) * 4);
      }
    }
    pen.putImageData(image, total - fresh, 0);
    this.last = newest;
    this.end = (newest + 1) * frameSeconds;
  }

  showNames(names) {
    const end = this.end ?? 0;
    const shown = names.filter(([start]) => start > end - SECONDS).slice(-MAX_NAMES);
    this.names.replaceChildren(
      ...shown.map(([start, name]) => {
        const label = element("span", "", name);
        label.style.left = `${100 * (1 - (end - start) / SECONDS)}%`;
        return label;
      }),
    );
  }

  showEvents(events) {
    this.none.hidden = events.length > 0;
    this.events.replaceChildren(
      ...events.map(([number, start, name, prob, over]) => {
        const row = element("li", over ? "over" : "open");
        row.dataset.number = number;
        if (over) {
          const play = element("button", "play", "▸");
          play.type = "button";
          play.setAttribute("aria-label", `▸ Play ${name} at ${clock(start)}, or say what it was`);
          play.title = "Play, or say what it was";
          play.onclick = () => this.send("picked", number);
          row.append(play);
        }
        row.append(element("span", "time", clock(start)), element("span", "name", over ? name : `${name} …`));
        row.append(element("span", "prob", percent(prob)));
        return row;
      }),
    );
  }

  showAlarm({ text, count, beep: sound }) {
    this.alarm.textContent = text;
    if (this.fired !== null && count > this.fired) {
      this.root.classList.add("flash");
      clearTimeout(this.flashing);
      this.flashing = setTimeout(() => this.root.classList.remove("flash"), FLASH_MS);
      if (sound) beep();
    }
    this.fired = count;
  }
}

const boards = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement.querySelector(".board"));
    boards.set(parentElement, board);
  }
  board.update(data, setTriggerValue);
}
