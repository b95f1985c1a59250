// node embed.mjs DIST ASSETS.CC: the built files as C++, plain and compressed (src/dashboard/assets.h).
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {extname, join, relative} from 'node:path';
import {gzipSync} from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.json': 'application/json', '.webmanifest': 'application/manifest+json',
};

function filesIn(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

function bytes(name, content) {
  const rows = [];
  for (let at = 0; at < content.length; at += 32) rows.push([...content.subarray(at, at + 32)].join(','));
  return `const unsigned char ${name}[] = {\n${rows.join(',\n')}};\n`;
}

const [dist, out] = process.argv.slice(2);
const arrays = [];
const entries = [];
for (const [index, file] of filesIn(dist).entries()) {
  const type = types[extname(file)];
  if (!type) throw new Error(`no content type for ${file}`);
  const content = readFileSync(file);
  const path = `/${relative(dist, file)}`;
  const tag = createHash('sha256').update(content).digest('hex').slice(0, 16);
  arrays.push(bytes(`plain_${index}`, content), bytes(`gzip_${index}`, gzipSync(content, {level: 9})));
  entries.push(`      {"${path}", "${type}", view(plain_${index}), view(gzip_${index}), "\\"${tag}\\"", ` +
    `${path.startsWith('/assets/')}},`);
}
writeFileSync(out, `// Built by web/embed.mjs; changes here are lost.
#include "dashboard/assets.h"

namespace ktl::dashboard {
namespace {

${arrays.join('')}
template <std::size_t N>
std::string_view view(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const Asset> embedded_assets() {
  static const Asset assets[] = {
${entries.join('\n')}
  };
  return assets;
}

}  // namespace ktl::dashboard
`);
