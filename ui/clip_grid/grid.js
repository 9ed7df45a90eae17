// A page of cards, each with a picture to select it and a button ▸ to play it.

const PLAY_SIGN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5v14l11-7z" /></svg>';

const STOP_SIGN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6h12v12H6z" /></svg>';

const PATIENCE_MS = 3000;
const LOOK_AGAIN_MS = 100;

const calmly = window.matchMedia("(prefers-reduced-motion: reduce)");

const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

// Scrolls to the container that shows the card, as soon as there is a component in it.
function bring(key, until = Date.now() + PATIENCE_MS) {
  const target = document.querySelector(`.st-key-${CSS.escape(key)}`);
  if (target && [...target.querySelectorAll("*")].some(({ shadowRoot }) => shadowRoot)) {
    target.scrollIntoView({ block: "nearest", behavior: calmly.matches ? "auto" : "smooth" });
  } else if (Date.now() < until) setTimeout(() => bring(key, until), LOOK_AGAIN_MS);
}

// See _pack in __init__.py.
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const card of content.cards) card.png = bytes.subarray(at, (at += card.size));
  return content;
}

class Grid {
  constructor(root) {
    this.root = root;
    this.urls = [];
    this.asked = null; // the last press of ▸: card and token
    this.playing = null; // id of the card whose sound plays
    this.onState = ({ detail }) => this.setPlaying(detail);
    window.addEventListener("esc:sound-state", this.onState);
    root.onkeydown = (event) => this.onKey(event);
    root.onkeyup = (event) => event.key === " " && event.target.matches(".look") && event.preventDefault(); // no click
    // Tab goes to one card only, the one that had the focus last. There is no onfocusin property.
    root.addEventListener("focusin", (event) => {
      const card = event.target.closest(".card");
      if (card) this.setCurrent([...root.children].indexOf(card));
    });
  }

  update(bytes, emit) {
    this.emit = emit;
    const content = unpack(bytes);
    if (content.view !== this.view) {
      this.view = content.view;
      this.build(content.cards);
    }
    this.brings = content.brings;
    this.root.setAttribute("aria-label", content.label);
    this.mark(content.chosen);
  }

  build(cards) {
    this.forget();
    this.root.replaceChildren(...cards.map((card) => this.buildCard(card)));
    this.setCurrent(0);
  }

  buildCard(card) {
    const item = element("li", "card");
    item.dataset.id = card.id;
    item.style.setProperty("--edge", card.color);
    const readable = card.size > 0; // a sound that can't be read has no picture and nothing to play
    item.classList.toggle("unreadable", !readable);
    const image = element(readable ? "img" : "span", "picture");
    if (readable) {
      image.alt = "";
      image.src = URL.createObjectURL(new Blob([card.png], { type: "image/png" }));
      this.urls.push(image.src);
    }
    const words = element("span", "words");
    words.append(element("span", "title", card.title), element("span", "subtitle", card.subtitle));
    const look = element("button", "look");
    look.append(image, words);
    look.setAttribute("aria-label", `Look at ${card.title}, ${card.tip}`);
    const play = element("button", "play");
    play.dataset.name = `${card.title}, ${card.subtitle}`;
    look.type = play.type = "button";
    look.title = card.tip;
    look.onclick = () => this.press(card.id, false);
    play.onclick = () => (card.id === this.playing ? this.stop() : this.press(card.id, true));
    this.sign(play, card.id === this.playing);
    item.append(look, ...(readable ? [play] : []));
    return item;
  }

  press(id, play) {
    this.mark(id); // at once; the page follows
    const token = `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;
    if (play) {
      this.setPlaying({ token: `:${this.asked?.token}`, playing: false }); // another player may hold it
      this.asked = { id, token };
    }
    this.emit({ card_id: id, play, token });
    if (!play && this.brings) bring(this.brings);
  }

  // As if another sound began, which stops all others.
  stop() {
    window.dispatchEvent(new CustomEvent("esc:sound-starts", { detail: this }));
  }

  // A player says whether it plays; its token ends with that of the press.
  setPlaying({ token, playing }) {
    if (!this.asked || !token.endsWith(`:${this.asked.token}`)) return;
    this.playing = playing ? this.asked.id : null;
    for (const item of this.root.children) {
      const play = item.querySelector(".play");
      if (play) this.sign(play, item.dataset.id === this.playing);
    }
  }

  sign(play, playing) {
    const what = playing ? "Stop" : "Play";
    if (play.title === what) return;
    play.title = what;
    play.innerHTML = playing ? STOP_SIGN : PLAY_SIGN;
    play.setAttribute("aria-label", `${what} ${play.dataset.name}`);
  }

  mark(id) {
    for (const item of this.root.children) {
      if (item.dataset.id === id) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }

  setCurrent(index) {
    this.current = index;
    [...this.root.children].forEach((item, i) => {
      for (const button of item.children) button.tabIndex = i === index ? 0 : -1;
    });
  }

  get columns() {
    return getComputedStyle(this.root).gridTemplateColumns.split(" ").length;
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.root.children.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
    if (event.key === " " && event.target.matches(".look")) {
      const item = event.target.parentElement;
      this.press(item.dataset.id, !item.classList.contains("unreadable"));
    } else if (event.key in steps || event.key === "Home" || event.key === "End") {
      const wanted = event.key === "Home" ? 0 : event.key === "End" ? last : this.current + steps[event.key];
      if (wanted >= 0 && wanted <= last) this.root.children[wanted].querySelector(".look").focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  forget() {
    this.urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  }
}

const grids = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid) {
    grid = new Grid(parentElement.querySelector(".grid"));
    grids.set(parentElement, grid);
  }
  grid.update(data, (press) => setTriggerValue("press", press));
  return () => {
    if ((parentElement.host ?? parentElement).isConnected) return;
    grid.forget();
    window.removeEventListener("esc:sound-state", grid.onState);
    grids.delete(parentElement);
  };
}
