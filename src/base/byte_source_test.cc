#include "base/byte_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ktl {
namespace {

// "abcdef" as each kind of source; the path is this process's own.
std::vector<std::unique_ptr<ByteSource>> sources_of_six(const std::string& path) {
  std::ofstream(path) << "abcdef";
  std::vector<std::unique_ptr<ByteSource>> sources;
  sources.push_back(std::make_unique<MemorySource>("abcdef"));
  sources.push_back(std::make_unique<FileSource>(path));
  return sources;
}

TEST(ByteSource, gives_its_bytes_in_order_and_then_no_more) {
  const std::string path = testing::TempDir() + "byte_source_test";
  for (const auto& source : sources_of_six(path)) {
    std::string bytes(6, '.');
    EXPECT_EQ(source->left(), 6u);
    EXPECT_TRUE(source->read(bytes.data(), 4));
    EXPECT_EQ(bytes, "abcd..");
    EXPECT_EQ(source->left(), 2u);
    EXPECT_FALSE(source->read(bytes.data(), 3));
    EXPECT_TRUE(source->read(bytes.data(), 2));
    EXPECT_EQ(bytes, "efcd..");
    EXPECT_EQ(source->left(), 0u);
    EXPECT_TRUE(source->read(bytes.data(), 0));
    EXPECT_FALSE(source->read(bytes.data(), 1));
  }
  std::filesystem::remove(path);
}

TEST(ByteSource, of_a_file_that_is_not_there_has_no_bytes) {
  FileSource source(testing::TempDir() + "no such file");
  char byte = '.';
  EXPECT_EQ(source.left(), 0u);
  EXPECT_FALSE(source.read(&byte, 1));
}

TEST(ByteSource, of_a_file_that_shrinks_fails) {
  const std::string path = testing::TempDir() + "byte_source_test_shrinks";
  std::ofstream(path) << "abcdef";
  FileSource source(path);
  std::filesystem::resize_file(path, 2);
  char bytes[6];
  EXPECT_FALSE(source.read(bytes, 6));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ktl
