// Strings that tokenizers stumble over, the same ones for the same seed.
import fs from 'node:fs';

// A small generator that can be repeated (Mulberry32).
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound) => Math.floor(next() * bound);
  return {below, pick: (list) => list[below(list.length)], in: ([first, last]) => first + below(last - first + 1)};
}

const isSurrogate = (c) => c >= 0xd800 && c <= 0xdfff;

function rangesOf(header) {
  const source = fs.readFileSync(new URL(`../../../src/unicode/${header}`, import.meta.url), 'utf8');
  return [...source.matchAll(/\{0x([0-9A-F]+), 0x([0-9A-F]+)\}/g)].map((m) => [parseInt(m[1], 16), parseInt(m[2], 16)]);
}

const borders = rangesOf('class_ranges.h')
    .flatMap(([first, last]) => [first - 1, first, last, last + 1])
    .filter((c) => !isSurrogate(c));
const later = rangesOf('later_than_unicode_9.h').flatMap(([a, b]) => Array.from({length: b - a + 1}, (_, i) => a + i));

const syllables = [0xac00, 0xd7a3];
const words = ('안녕하세요 오늘은 날씨가 좋네요 서버의 처리량을 늘리려면 어떻게 해야 하나요 토큰 제한을 넘었습니다 그리고 ' +
    '요청은 1분에 100번까지 가능합니다 한국어 문장 ㅋㅋㅋ ㅠㅠ 값이 없다 괜찮아 뷁 쀍 Hello world SGLang GPU v0.4.6 it\'s I\'LL ' +
    'don\'t 東京 カタカナ ひらがな café naïve Привет العربية हिन्दी ไทย 3.14 2026-01-02 100,000원').split(' ');
const marks = ['.', ',', '?', '!', '...', '~', '(', ')', '"', '“', '”', '·', '…', '\'', ':', '=>', '{}', '[]', '#', '//', '—'];
const gaps = [' ', ' ', ' ', ' ', '  ', '   ', '\n', '\n\n', '\r\n', '\t', ' \n', '\n  ', '\u3000', '\u00a0', '\u2028', '\v'];
const emoji = ['😀', '👍🏽', '👨‍👩‍👧‍👦', '🇰🇷', '❤️', '🏳️‍🌈', '1️⃣', '🧑🏻‍💻', '‍', '️', '⃣', '🫠', '﻿', '​'];
const oldHangul = [[0x1100, 0x11ff], [0xa960, 0xa97c], [0xd7b0, 0xd7fb], [0x302e, 0x302f], syllables];
const scripts = [[0x20, 0x7e], [0xa0, 0x24f], [0x300, 0x36f], [0x370, 0x52f], [0x5d0, 0x6ff], [0x900, 0x97f], [0x9bc, 0x9e3],
  [0xe00, 0xfff], [0x1100, 0x11ff], [0x1e00, 0x1fff], [0x2000, 0x2bff], [0x3000, 0x33ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3],
  [0xf900, 0xfaff], [0xfb00, 0xfdff], [0xfe00, 0xffff], [0x1d100, 0x1d7ff], [0x1f000, 0x1faff], [0x20000, 0x2a6df], [0x2f800, 0x2fa1f]];
const combining = [[0x300, 0x34e], [0x5b0, 0x5bc], [0x3099, 0x309a], [0x9be, 0x9d7], [0x1dc0, 0x1dff], [0x1d165, 0x1d172], [0xf71, 0xf84]];

const text = (codes) => String.fromCodePoint(...codes.filter((c) => !isSurrogate(c) && c <= 0x10ffff));
const many = (count, make) => Array.from({length: count}, make);

const makers = {
  syllables: (r) => text(many(1 + r.below(20), () => (r.below(6) ? r.in(syllables) : 0x20))),
  prose: (r) => many(1 + r.below(12), () => r.pick(words) + (r.below(4) ? '' : r.pick(marks)) + r.pick(gaps)).join(''),
  nfd: (r) => makers.prose(r).normalize('NFD'),
  oldHangul: (r) => text(many(1 + r.below(15), () => r.in(r.pick(oldHangul)))),
  mixed: (r) => text(many(1 + r.below(16), () => r.in(r.pick(scripts)))),
  combining: (r) => text(many(1 + r.below(12), () =>
    (r.below(3) ? r.in(r.pick(combining)) : r.below(3) ? r.in(r.pick(scripts)) : r.pick(later)))),
  emoji: (r) => many(1 + r.below(8), () => r.pick(r.below(3) ? emoji : words)).join(r.pick(['', '', ' '])),
  borders: (r) => text(many(1 + r.below(10), () => (r.below(3) ? r.pick(borders) : r.pick([...' \n\r\t\'sS1a가!ſ']).codePointAt(0)))),
  bytes: (r) => Buffer.from(many(1 + r.below(24), () => r.below(256))).toString('utf8'),
  codePoints: (r) => text(many(1 + r.below(10), () => r.below(0x110000))),
  blanks: (r) => many(1 + r.below(10), () => (r.below(3) ? r.pick(gaps) : r.pick([...words, ...marks, '7', '42']))).join(''),
  typed: (r, added) => many(1 + r.below(6), () => {
    const token = r.pick(added);
    return r.below(4) ? token : r.below(2) ? token.slice(0, r.below(token.length)) : r.pick(words) + r.pick(gaps);
  }).join(''),
  long: (r) => r.pick([(c) => text([c]).repeat(40 + r.below(200)), (c) => text(many(60 + r.below(120), () => r.in(syllables))) + text([c]),
    (c) => r.pick(words).repeat(10 + r.below(20)) + text([c])])(r.pick([0x61, 0x20, 0x0a, 0xac00, 0x31, 0x21, 0x1f600, 0x301, r.pick(borders)])),
};

// `count` strings that go through all kinds in turn. `added`: the contents of the tokenizer's added tokens.
export function strings(seed, count, added) {
  const r = random(seed);
  const kinds = Object.keys(makers);
  const result = [];
  for (let i = 0; i < count; ++i) {
    const kind = kinds[i % kinds.length];
    if (kind === 'long' && r.below(8)) result.push(makers.prose(r));
    else result.push(makers[kind](r, added));
  }
  for (const c of borders) result.push(text([c]), `a${text([c])}가`, ` ${text([c])}`);  // every border by itself
  return result;
}

export const every = {syllable: () => many(11172, (_, i) => text([0xac00 + i]))};
