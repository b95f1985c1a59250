// Encodes the strings on standard input, one JSON string a line, and prints for each a line: the ids with blanks
// between.
//
//   oracle_encode TOKENIZER_JSON fast|reference     "fast" also checks that count() agrees with encode()
//   oracle_encode nfc                               prints the NFC instead, in hex
#include <simdjson.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "tokenizer/hugging_face.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/reference_encoder.h"
#include "unicode/nfc.h"

namespace {

using namespace ktl::tokenizer;

std::unique_ptr<Encoder> load(const std::string& path, std::string_view which) {
  std::ifstream in(path, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  auto read = read_hugging_face(json);
  if (!read) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), read.error().c_str());
    return nullptr;
  }
  auto vocabulary = std::make_shared<const Vocabulary>(std::move(*read));
  if (which == "reference") return std::make_unique<ReferenceEncoder>(std::move(vocabulary));
  return make_encoder(std::move(vocabulary));
}

void print_ids(const Encoder& encoder, std::string_view text, std::string& line) {
  std::vector<TokenId> ids;
  encoder.encode(text, ids);
  KTL_CHECK(encoder.count(text) == static_cast<std::int64_t>(ids.size()), "the count is the number of ids");
  for (const TokenId id : ids) {
    if (!line.empty()) line += ' ';
    line += std::to_string(id);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const bool nfc_only = count == 2 && std::string_view(arguments[1]) == "nfc";
  if (!nfc_only && count != 3) return 2;
  const std::unique_ptr<Encoder> encoder = nfc_only ? nullptr : load(arguments[1], arguments[2]);
  if (!nfc_only && encoder == nullptr) return 1;
  simdjson::dom::parser parser;
  for (std::string json; std::getline(std::cin, json);) {
    std::string_view text;
    if (parser.parse(json).get(text) != simdjson::SUCCESS) return 1;
    std::string line;
    if (nfc_only) {
      std::string storage;
      line = ktl::to_hex(ktl::unicode::to_nfc(text, storage));
    } else {
      print_ids(*encoder, text, line);
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return 0;
}
