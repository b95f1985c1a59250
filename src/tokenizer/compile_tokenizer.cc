// compile-tokenizer tokenizer.json out.ktok: turns a publisher's tokenizer into the file that loads in milliseconds.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tokenizer/compact_file.h"
#include "tokenizer/hugging_face.h"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: compile-tokenizer tokenizer.json out.ktok\n");
    return 2;
  }
  std::ifstream in(arguments[1], std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) {
    std::fprintf(stderr, "%s: cannot be read\n", arguments[1]);
    return 1;
  }
  const auto vocabulary = ktl::tokenizer::read_hugging_face(json);
  if (!vocabulary) {
    std::fprintf(stderr, "%s: %s\n", arguments[1], vocabulary.error().c_str());
    return 1;
  }
  std::ofstream out(arguments[2], std::ios::binary | std::ios::trunc);
  out << ktl::tokenizer::write_compact(*vocabulary);
  if (!out.flush()) {
    std::fprintf(stderr, "%s: cannot be written\n", arguments[2]);
    return 1;
  }
  return 0;
}
