// sentencepiece_model.mjs tokenizer.json out.model: the same tokens as a model of SentencePiece (its protocol buffer,
// written by hand), so that libsentencepiece can be measured. Only BPE with byte fallback: SOLAR, Mistral, Llama-2.
// What it counts is compared with ours, so a wrong model shows.
import fs from 'node:fs';

const [json, out] = process.argv.slice(2);
const {model, added_tokens: added} = JSON.parse(fs.readFileSync(json, 'utf8'));
if (model.type !== 'BPE' || !model.byte_fallback) {
  console.error(`${json}: no BPE with byte fallback`);
  process.exit(1);
}

function varint(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const message = (field, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};
const text = (field, value) => message(field, Buffer.from(value, 'utf8'));
const float = (field, value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
};

const kNormal = 1;
const kUnknown = 2;
const kControl = 3;
const kByte = 6;
const special = new Set(added.map((token) => token.content));
function kindOf(piece) {
  if (piece === model.unk_token) return kUnknown;
  if (special.has(piece)) return kControl;
  return /^<0x[0-9A-F]{2}>$/.test(piece) ? kByte : kNormal;
}
// Of two joins the one into the piece of the higher score comes first. Runs of blanks come last in these models.
const scoreOf = (piece, id) => (/^▁+$/.test(piece) ? -1e9 : -id);

const pieces = Object.entries(model.vocab).sort(([, a], [, b]) => a - b).map(
    ([piece, id]) => message(1, text(1, piece), float(2, kindOf(piece) === kNormal ? scoreOf(piece, id) : 0), number(3, kindOf(piece))));
const trainer = message(2, number(3, 2), number(4, pieces.length), number(35, 1));
const normalizer = message(3, text(1, 'identity'), number(3, 1), number(4, 0), number(5, 1));
fs.writeFileSync(out, Buffer.concat([...pieces, trainer, normalizer]));
