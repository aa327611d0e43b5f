// As much of a document as tests of single nodes want: texts, elements in each other, and nothing of how they look.

class Node {
  parent = null;

  get isConnected() {
    return this.parent !== null;
  }

  remove() {
    if (this.parent) this.parent.childNodes = this.parent.childNodes.filter((node) => node !== this);
    this.parent = null;
  }

  before(node) {
    node.remove();
    node.parent = this.parent;
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 0, node);
  }
}

class Text extends Node {
  constructor(data) {
    super();
    this.data = data;
  }

  get textContent() {
    return this.data;
  }

  get length() {
    return this.data.length;
  }

  deleteData(start, count) {
    this.data = this.data.slice(0, start) + this.data.slice(start + count);
  }
}

export class Element extends Node {
  childNodes = [];
  attributes = {};

  get firstChild() {
    return this.childNodes[0] ?? null;
  }

  get textContent() {
    return this.childNodes.map((node) => node.textContent).join("");
  }

  set textContent(words) {
    this.replaceChildren(words);
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...children) {
    for (const child of children) {
      const node = typeof child === "string" ? new Text(child) : child;
      node.remove();
      node.parent = this;
      this.childNodes.push(node);
    }
  }

  replaceChildren(...children) {
    for (const node of this.childNodes) node.parent = null;
    this.childNodes = [];
    this.append(...children);
  }
}
