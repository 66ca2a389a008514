/**
 * Lets Monaco work where the Content-Security-Policy refuses inline styles.
 *
 * Monaco creates <style> elements and writes style="…" attributes into strings of HTML. The policy of this page allows
 * a <style> element that carries the page's nonce, and no style attribute at all. Styles set through the CSSOM are
 * not inline styles, so an attribute that arrives in a string is set that way instead, in the same turn of the event
 * loop: Monaco measures its lines right after it has written them.
 *
 * Import this module before any other.
 */

const PENDING = 'data-pending-style';
const nonce = document.querySelector('meta[name="style-nonce"]').nonce;

const createElement = Document.prototype.createElement;
Document.prototype.createElement = function (...args) {
  const element = createElement.apply(this, args);
  if (element.localName === 'style') element.nonce = nonce;
  return element;
};

const innerHTML = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
Object.defineProperty(Element.prototype, 'innerHTML', {
  ...innerHTML,
  set(html) {
    innerHTML.set.call(this, withoutStyleAttributes(html));
    applyPendingStyles(this);
  },
});

const insertAdjacentHTML = Element.prototype.insertAdjacentHTML;
Element.prototype.insertAdjacentHTML = function (position, html) {
  insertAdjacentHTML.call(this, position, withoutStyleAttributes(html));
  applyPendingStyles(/^(beforebegin|afterend)$/i.test(position) ? this.parentNode : this);
};

/** Looks only inside tags: the text of the editor is escaped but for its quotes, and may itself read style="…". */
function withoutStyleAttributes(html) {
  const text = html === null ? '' : String(html);
  if (!text.includes('style=')) return text;
  return text.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle=/gi, ` ${PENDING}=`));
}

function applyPendingStyles(root) {
  for (const element of root.querySelectorAll(`[${PENDING}]`)) {
    element.style.cssText = element.getAttribute(PENDING);
    element.removeAttribute(PENDING);
  }
}
