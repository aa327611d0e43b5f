// The end of a text that grows: what stands there stays, as it may be selected; what is too much goes first.

/**
 * Append text to a node of text alone, and keep its last characters.
 * @param {Element} node
 * @param {string} text
 * @param {number} most characters
 */
export function appendTail(node, text, most) {
  if (text) node.append(text);
  let surplus = node.textContent.length - most;
  while (surplus > 0) {
    const first = /** @type {Text} */ (node.firstChild);
    const cut = Math.min(surplus, first.length);
    if (cut < first.length) first.deleteData(0, cut);
    else first.remove();
    surplus -= cut;
  }
}

/**
 * The bytes of a node's text as a file holds it.
 * @param {Element} node
 */
export function bytesIn(node) {
  return new TextEncoder().encode(node.textContent).length;
}
