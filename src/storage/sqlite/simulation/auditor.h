#pragma once
// Judges the books after a crash by plain notes of what was promised. It shares no code with the store: it reads the
// file with SQLite alone, past every VFS but the machine's own.
//
// An entry is acknowledged once append() took it, and synced once the store said so. A killed process loses nothing
// that was acknowledged; a power loss nothing that was synced. What is in the books after a start stays as it is.
#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktl::storage::testing {

class Auditor {
 public:
  using Scopes = std::vector<std::uint32_t>;
  using Usage = std::array<std::int64_t, 4>;  // prompt, completion, cached, reasoning

  // What the store was given, and took, under which sequence of this life.
  void opened(std::uint64_t charge, std::int64_t at_ms, std::int64_t reserved, Scopes scopes, std::uint64_t sequence);
  void ended(std::uint64_t charge, std::int64_t kind, std::int64_t at_ms, Usage usage, std::uint64_t sequence);
  void synced_upto(std::uint64_t sequence);

  // The life is over, by the process's end or by a power loss.
  void life_ends(bool power_lost);

  // Right after a start that worked: the first thing wrong with the books, or nothing.
  std::string audit(const std::string& path);
  // After audit(): what the limits would be rebuilt from must hold all that was admitted at or after `since_ms`, and
  // with `exactly` nothing else. By scope: requests and tokens.
  using Sums = std::map<std::uint32_t, std::array<std::int64_t, 2>>;
  std::string check_usage(const Sums& rebuilt, std::int64_t since_ms, bool exactly) const;

  std::size_t charges() const { return charges_.size(); }

 private:
  enum class Standing { acknowledged, synced, doubtful };
  struct Ending {
    std::int64_t kind;
    std::int64_t at_ms;
    Usage usage;
    Standing standing;
  };
  struct Row {
    std::int64_t admitted_at_ms;
    std::int64_t ended_at_ms;
    std::int64_t kind;
    std::int64_t reserved;
    Usage usage;
    Scopes scopes;
    friend bool operator==(const Row&, const Row&) = default;
  };
  struct Charge {
    std::int64_t at_ms;
    std::int64_t reserved;
    Scopes scopes;
    Standing standing;
    std::list<Ending> endings;
    std::optional<Row> row;  // once seen, for ever
    bool judged = false;
  };
  using Rows = std::map<std::uint64_t, Row>;

  static std::string judge(std::uint64_t id, const Charge& charge, const Row* row);
  std::string check_sums(const std::string& path) const;
  static std::string read_rows(const std::string& path, Rows& rows);

  std::map<std::uint64_t, Charge> charges_;
  std::deque<std::pair<std::uint64_t, Standing*>> unsynced_;  // of this life, by sequence
  std::string violation_;
};

}  // namespace ktl::storage::testing
