#include "net/block_pool.h"

#include <cstdlib>
#include <new>
#include <vector>

namespace ktl::net {
namespace {

constexpr std::size_t kKeep = 512;

struct FreeBlocks {
  std::vector<char*> blocks;
  ~FreeBlocks() {
    for (char* block : blocks) std::free(block);
  }
};

thread_local FreeBlocks free_blocks;

}  // namespace

char* take_block() {
  if (!free_blocks.blocks.empty()) {
    char* block = free_blocks.blocks.back();
    free_blocks.blocks.pop_back();
    return block;
  }
  auto* block = static_cast<char*>(std::calloc(1, kBlockBytes + kBlockSlack));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void give_block(char* block) noexcept {
  if (free_blocks.blocks.size() < kKeep) {
    free_blocks.blocks.push_back(block);
  } else {
    std::free(block);
  }
}

}  // namespace ktl::net
