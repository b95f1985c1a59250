#include "app/bench/prompts.h"

#include <fmt/format.h>

#include <fstream>

#include "base/text.h"

namespace ktl::app::bench {
namespace {

constexpr std::string_view kShort[] = {
    "안녕하세요! 오늘 기분이 어때요?",
    "김치찌개를 맛있게 끓이는 비결을 세 가지만 알려 주세요.",
    "'가는 말이 고와야 오는 말이 곱다'는 무슨 뜻인가요?",
    "서울에서 부산까지 가장 빨리 가는 방법은 무엇인가요?",
};

constexpr std::string_view kMedium[] = {
    "저는 회사에서 신입 사원 교육을 맡게 되었습니다. 첫날 오전 세 시간 동안 무엇을 어떤 순서로 진행하면 좋을지 "
    "시간표를 짜 주세요. 참가자는 열두 명이고, 절반은 이번이 첫 직장입니다. 딱딱하지 않게, 그러나 꼭 알아야 할 "
    "보안 수칙은 빠지지 않게 해 주세요.",
    "다음 파이썬 함수가 왜 느린지 설명하고 고쳐 주세요.\n\n"
    "def find_duplicates(names):\n    result = []\n    for i in range(len(names)):\n"
    "        for j in range(len(names)):\n            if i != j and names[i] == names[j] and names[i] not in result:\n"
    "                result.append(names[i])\n    return result\n\n"
    "명단에는 보통 십만 개 정도의 이름이 들어 있습니다.",
    "고객에게 보낼 사과 메일을 써 주세요. 어제 오후 2시 10분부터 3시 45분까지 결제 서비스가 멈췄고, 원인은 "
    "데이터베이스 저장 공간 부족이었습니다. 피해를 본 고객에게는 이번 달 이용료의 10%를 돌려 드립니다. 정중하지만 "
    "변명처럼 들리지 않게, 열 문장 이내로 부탁합니다.",
    "초등학교 5학년 학생에게 분수의 나눗셈을 설명하려고 합니다. 왜 뒤의 수를 뒤집어 곱하는지, 피자나 색종이 같은 "
    "물건을 예로 들어 아이가 스스로 깨닫게 하는 대화를 만들어 주세요.",
};

// A page to read, and what is asked about it.
constexpr std::string_view kPage =
    "우리 마을 도서관은 1978년에 문을 열었다. 처음에는 면사무소 창고 한 칸에 책 삼백 권이 전부였고, 겨울이면 난로 "
    "옆자리를 차지하려고 아이들이 학교가 끝나자마자 뛰어왔다. 사서는 따로 없었다. 퇴직한 국어 교사 한 분이 날마다 "
    "나와 책을 정리하고, 글을 모르는 어르신들의 편지를 대신 읽어 드렸다. 1990년대에 들어 젊은 사람들이 도시로 떠나자 "
    "도서관도 문을 닫을 뻔했다. 그때 주민들이 내놓은 생각이 '책 배달'이었다. 우체부가 편지와 함께 책을 실어 나르고, "
    "다 읽은 책은 대문 앞 바구니에 넣어 두면 다음 날 거두어 갔다. 이용자는 한 해 만에 세 배로 늘었고, 이 방식은 이웃한 "
    "네 마을로 퍼졌다. 2009년에 지금의 건물로 옮기면서 장서는 이만 권을 넘었으며, 2층에는 마을의 오래된 사진과 녹음을 "
    "모은 기록실이 생겼다. 요즘 가장 인기 있는 것은 책이 아니라 매주 수요일 저녁의 '소리 내어 읽기' 모임이다. 할머니가 "
    "옛이야기를 들려주면 아이들은 그것을 받아 적고, 고등학생들은 그 글을 다듬어 작은 책으로 엮는다. 지난해까지 모두 "
    "열일곱 권이 나왔다. 그러나 고민도 있다. 건물은 낡아 비가 새고, 군에서 주는 예산은 오 년째 그대로다. 관장은 "
    "전자책을 "
    "늘리면 공간을 줄일 수 있다고 보지만, 모임에 오는 어르신들은 종이 냄새가 나지 않는 도서관은 도서관이 아니라고 "
    "말한다. "
    "다음 달에 열릴 주민 회의에서는 건물을 고칠지, 폐교된 초등학교로 옮길지, 아니면 두 곳으로 나눌지를 정하게 "
    "된다.\n\n";

constexpr std::string_view kQuestions[] = {
    "윗글을 세 문장으로 요약해 주세요.",
    "윗글에서 도서관이 위기를 넘긴 방법과 그 결과를 찾아 표로 정리해 주세요.",
    "주민 회의에서 '두 곳으로 나누자'고 주장하는 사람의 연설문을 글의 내용을 근거로 써 주세요.",
    "윗글을 영어로 옮겨 주세요. 고유한 분위기를 살려 주세요.",
};

}  // namespace

std::vector<std::string> builtin_prompts() {
  std::vector<std::string> prompts;
  for (std::size_t i = 0; i < std::size(kShort); ++i) {
    prompts.emplace_back(kShort[i]);
    prompts.emplace_back(kMedium[i]);
    prompts.push_back(std::string(kPage) + std::string(kQuestions[i]));
  }
  return prompts;
}

Result<std::vector<std::string>> read_prompts(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, ErrorSource::client, "cannot read " + path);
  std::vector<std::string> prompts;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (!is_utf8(line)) return fail(ErrorCode::invalid, ErrorSource::client, path + " is not UTF-8");
    prompts.push_back(std::move(line));
  }
  if (prompts.empty()) return fail(ErrorCode::invalid, ErrorSource::client, "no prompt in " + path);
  return prompts;
}

std::vector<std::string> chat_requests(const Target& target, const RequestForm& form,
                                       std::span<const std::string> prompts) {
  const std::string key = form.api_key.empty() ? "" : "Authorization: Bearer " + form.api_key + "\r\n";
  const std::string streaming = form.stream ? R"(,"stream":true,"stream_options":{"include_usage":true})" : "";
  std::vector<std::string> requests;
  for (const std::string& prompt : prompts) {
    const std::string body =
        fmt::format(R"({{"model":{},"messages":[{{"role":"user","content":{}}}],"max_tokens":{}{}}})",
                    json_quoted(form.model), json_quoted(prompt), form.max_tokens, streaming);
    requests.push_back(
        fmt::format("POST {}/v1/chat/completions HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    target.base_path, target.authority, key, body.size(), body));
  }
  return requests;
}

std::string get_request(const Target& target, std::string_view path, std::string_view api_key) {
  const std::string key = api_key.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", api_key);
  return fmt::format("GET {}{} HTTP/1.1\r\nHost: {}\r\n{}\r\n", target.base_path, path, target.authority, key);
}

}  // namespace ktl::app::bench
