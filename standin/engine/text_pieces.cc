#include "standin/engine/text_pieces.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/check.h"

namespace ktl::standin {
namespace {

PCRE2_SPTR bytes_of(std::string_view text) {
  return static_cast<PCRE2_SPTR>(static_cast<const void*>(text.data()));
}

// The same for PCRE2, which takes U+180E for a blank: here it is a sign like others.
constexpr std::string_view kForPcre2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?(?:[^\s\p{L}\p{N}]|\x{180E})+[\r\n]*)"
    R"(|[^\S\x{180E}]*[\r\n]+|[^\S\x{180E}]+(?![\S\x{180E}])|[^\S\x{180E}]+)";

constexpr std::size_t kStackBegins = 32 * 1024;
constexpr std::size_t kStackMost = 16 * 1024 * 1024;

}  // namespace

struct TextPieces::Expression {
  pcre2_code* code = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;
  pcre2_match_data* match = nullptr;

  Expression() {
    int error = 0;
    PCRE2_SIZE where = 0;
    code = pcre2_compile(bytes_of(kForPcre2), kForPcre2.size(), PCRE2_UTF | PCRE2_UCP, &error, &where, nullptr);
    KTL_CHECK(code != nullptr, "the expression is well-formed");
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    context = pcre2_match_context_create(nullptr);
    stack = pcre2_jit_stack_create(kStackBegins, kStackMost, nullptr);
    pcre2_jit_stack_assign(context, nullptr, stack);
    match = pcre2_match_data_create_from_pattern(code, nullptr);
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  ~Expression() {
    pcre2_match_data_free(match);
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
};

TextPieces::TextPieces() : expression_(std::make_unique<Expression>()) {}
TextPieces::~TextPieces() = default;
TextPieces::TextPieces(TextPieces&&) noexcept = default;

const std::vector<std::string_view>& TextPieces::of(std::string_view text) {
  pieces_.clear();
  for (std::size_t at = 0; at < text.size();) {
    const int found = pcre2_match(expression_->code, bytes_of(text), text.size(), at, PCRE2_NO_UTF_CHECK,
                                  expression_->match, expression_->context);
    KTL_CHECK(found > 0, "every text matches: each character belongs to one of the classes");
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(expression_->match);
    KTL_CHECK(bounds[0] == at && bounds[1] > at, "the pieces lie side by side");
    pieces_.push_back(text.substr(at, bounds[1] - at));
    at = bounds[1];
  }
  return pieces_;
}

}  // namespace ktl::standin
