// hugging_face.mjs NAME tokenizer.json TEXT...: Hugging Face's tokenizers (Rust) on the same units as tokenizer_bench, one call each.
import fs from 'node:fs';
import { Tokenizer } from 'tokenizers';

const [name, json, textFile] = process.argv.slice(2);
const text = fs.readFileSync(textFile);

function units(bytes) {
  const out = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + bytes);
    while (end < text.length && (text[end] & 0xc0) === 0x80) ++end;
    out.push(text.subarray(at, end).toString('utf8'));
    at = end;
  }
  return out;
}

function report(what, seconds, calls, tokens) {
  const rate = text.length / seconds / 1e6;
  console.log(['hf-rust', name, what, rate.toFixed(1), (seconds * 1e6 / calls).toFixed(1), tokens].join('\t'));
}

async function pass(tokenizer, list) {
  let tokens = 0;
  const begin = process.hrtime.bigint();
  for (const each of list) tokens += (await tokenizer.encode(each, null, { addSpecialTokens: false })).getLength();
  return [Number(process.hrtime.bigint() - begin) / 1e9, tokens];
}

for (const [label, size] of [['1 kB', 1024], ['64 kB', 65536]]) {
  const list = units(size);
  for (const warm of [false, true]) {
    let best = Infinity;
    let tokens = 0;
    let tokenizer = Tokenizer.fromFile(json);
    for (let round = 0; round < 3; ++round) {
      if (!warm) tokenizer = Tokenizer.fromFile(json);  // its cache is empty then
      else if (round === 0) await pass(tokenizer, list);
      let seconds;
      [seconds, tokens] = await pass(tokenizer, list);
      best = Math.min(best, seconds);
    }
    report(`${warm ? 'warm' : 'cold'} ${label}`, best, list.length, tokens);
  }
}
