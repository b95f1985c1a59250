// Token ids and normalisation, ours against Hugging Face's own tokenizers. Run `npm ci` in this directory first.
// KTL_BIN names the directory of our programs, ORACLE_SEED another seed, ORACLE_STRINGS another number of strings.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {every, strings} from './support/strings.mjs';
import {addedTokens, library, reference, referenceNfc, tokenizerFiles} from './support/tokenizers.mjs';

const bin = process.env.KTL_BIN ?? new URL('../../build/release/bin', import.meta.url).pathname;
const program = path.join(bin, 'oracle_encode');
const seed = Number(process.env.ORACLE_SEED ?? 20240917);
const count = Number(process.env.ORACLE_STRINGS ?? 20000);

const skip = (() => {
  if (library === null) return 'npm 패키지 tokenizers 가 없습니다 / the npm package tokenizers is not installed: npm ci';
  if (!fs.existsSync(program)) return `프로그램이 없습니다 / not built: ${program}`;
  return false;
})();

// One line for each string, from our program.
function ours(parameters, list) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {stdio: ['pipe', 'pipe', 'inherit']});
    const output = [];
    child.stdout.on('data', (data) => output.push(data));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) return reject(new Error(`${program} ${parameters.join(' ')} ended with ${status}`));
      resolve(Buffer.concat(output).toString('utf8').split('\n').slice(0, -1));
    });
    child.stdin.on('error', () => {});  // it ended early; its status says why
    child.stdin.end(list.map((string) => JSON.stringify(string) + '\n').join(''));
  });
}

function expectSame(list, got, expected) {
  assert.equal(got.length, list.length);
  const wrong = list.flatMap((string, i) => (got[i] === expected[i] ? [] : [i]));
  const shown = wrong.slice(0, 5).map((i) => `${JSON.stringify(list[i])}\n  ours      ${got[i]}\n  reference ${expected[i]}`);
  assert.equal(wrong.length, 0, `seed ${seed}: ${wrong.length} of ${list.length} differ\n${shown.join('\n')}`);
}

test('NFC is that of the reference', {skip}, async () => {
  const list = [...strings(seed, count, ['<s>']), ...every.syllable().map((s) => s.normalize('NFD'))];
  expectSame(list, await ours(['nfc'], list), referenceNfc(list));
});

const files = skip ? [] : await tokenizerFiles();
for (const [name, file] of files) {
  test(`${name}: the ids are those of the reference`, {skip}, async (t) => {
    const list = [...strings(seed, count, addedTokens(file)), ...every.syllable()];
    const expected = await reference(file, list);
    t.diagnostic(`${list.length} strings, ${expected.join(' ').split(' ').length} tokens`);
    for (const encoder of ['fast', 'reference']) {
      await t.test(encoder, async () => expectSame(list, await ours([file, encoder], list), expected));
    }
  });
}
