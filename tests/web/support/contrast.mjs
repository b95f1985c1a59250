// Text that is hard to read: what is rendered against what is behind it, by the measure of WCAG 2.2 (1.4.3, level AA).

// Every text of the page, and of its fields, whose contrast is below `least`: "3.2 #8592a0 on #ffffff: words".
export function faintTexts(page, least = 4.5) {
  return page.evaluate((needed) => {
    const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
    const known = new Map();
    // Red, green, blue (0 … 255) and opacity (0 … 1) of a colour as CSS has it.
    const channels = (css) => {
      if (!known.has(css)) {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = css;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        known.set(css, [r, g, b, a / 255]);
      }
      return known.get(css);
    };
    const mixed = (below, above, share) => below.map((channel, i) => channel + (above[i] - channel) * share);
    // What is seen behind the contents of an element.
    const behind = (element) => {
      if (!element) return [255, 255, 255];
      const style = getComputedStyle(element);
      const below = behind(element.parentElement);
      const [r, g, b, a] = channels(style.backgroundColor);
      return mixed(below, mixed(below, [r, g, b], a), Number(style.opacity));
    };
    // What is seen of a colour that the element's contents have.
    const seen = (element, css) => {
      const [r, g, b, a] = channels(css);
      let colour = mixed(behind(element), [r, g, b], a);
      for (let at = element; at; at = at.parentElement) colour = mixed(behind(at.parentElement), colour, Number(getComputedStyle(at).opacity));
      return colour;
    };
    const luminance = (colour) => colour
      .map((channel) => channel / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((total, c, i) => total + c * [0.2126, 0.7152, 0.0722][i], 0);
    const contrast = (one, other) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const hex = (colour) => `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
    const hidden = (element) => {
      if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) return true;
      for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).clipPath !== 'none') return true; // for screen readers
      return element.closest(':disabled') !== null;
    };

    const faults = new Set();
    const look = (element, css, text) => {
      const [front, back] = [seen(element, css), behind(element)];
      const ratio = contrast(front, back);
      if (ratio < needed) faults.add(`${ratio.toFixed(2)} ${hex(front)} on ${hex(back)}: ${text.trim().slice(0, 40)} <${element.localName} class="${element.className}">`);
    };
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const element = node.parentElement;
      if (node.data.trim() === '' || hidden(element)) continue;
      look(element, getComputedStyle(element)[element instanceof SVGElement ? 'fill' : 'color'], node.data);
    }
    for (const field of document.querySelectorAll('input, textarea')) {
      if (hidden(field)) continue;
      if (field.value !== '') look(field, getComputedStyle(field).color, field.value);
      else if (field.placeholder) look(field, getComputedStyle(field, '::placeholder').color, field.placeholder);
    }
    return [...faults];
  }, least);
}
