// Most of a drawing's time went into looking for elements: a first one was the first of all, and
// each selector was read anew at each element. These are the same, for a name, a class or both.
(function (element) {
  var matches = element.matches, all = element.querySelectorAll, first = element.querySelector;
  var simple = /^(\.[\w-]+|[\w-]+(\.[\w-]+)*)$/, known = new Map();
  function made(selector) {
    if (!simple.test(selector)) return null;
    var classes = selector.split('.'), name = classes.shift().toLowerCase();
    return function (node) {
      if (name && node.tagName !== name && node.tagName.toLowerCase() !== name) return false;
      if (!classes.length) return true;
      var own = node._attributes['class'] || '';
      return classes.every(function (each) {
        return own === each || (own.indexOf(each) >= 0 && node.classList.contains(each));
      });
    };
  }
  function quick(selector) {
    if (!known.has(selector)) known.set(selector, made(selector));
    return known.get(selector);
  }
  function search(root, fits, found, most) {
    var children = root.childNodes;
    for (var i = 0; i < children.length && found.length < most; i += 1) {
      var child = children[i];
      if (child.nodeType !== 1) continue;
      if (fits(child)) found.push(child);
      if (found.length < most) search(child, fits, found, most);
    }
    return found;
  }
  element.matches = function (selector) {
    var fits = quick(selector);
    return fits ? fits(this) : matches.call(this, selector);
  };
  element.querySelectorAll = function (selector) {
    var fits = quick(selector);
    return fits ? search(this, fits, [], Infinity) : all.call(this, selector);
  };
  element.querySelector = function (selector) {
    var fits = quick(selector);
    return fits ? search(this, fits, [], 1)[0] || null : first.call(this, selector);
  };
})(Element.prototype);
