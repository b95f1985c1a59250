#include "app/token_test/samples.h"

namespace ktl::app {
namespace {

constexpr TokenSample kSamples[] = {
    {"인사", "greeting", "안녕하세요! 만나서 반갑습니다. 오늘 하루도 좋은 일만 가득하시길 바랍니다."},
    {"질문", "question", "서울에서 부산까지 기차로 가려면 시간이 얼마나 걸리고 요금은 얼마인가요?"},
    {"대화체", "casual", "ㅋㅋㅋ 진짜? 나도 어제 그거 봤는데 완전 재밌더라ㅎㅎ 다음 주에 같이 보러 갈래??"},
    {"격식체", "formal",
     "귀사의 무궁한 발전을 기원합니다. 지난번 요청하신 견적서를 첨부하오니 검토 후 회신하여 주시기 바랍니다. 추가로 "
     "필요하신 자료가 있으시면 언제든지 말씀해 주십시오."},
    {"기사", "news",
     "정부는 내년부터 전기차 충전 시설을 전국 고속도로 휴게소에 확대 설치하기로 했다. 관계자는 이번 조치로 장거리 "
     "운전자의 불편이 크게 줄어들 것이라고 밝혔다."},
    {"기술 문서", "technical",
     "이 함수는 입력 배열을 복사하지 않고 정렬하며, 시간 복잡도는 평균 O(n log n)입니다. 여러 스레드에서 동시에 "
     "호출하려면 외부에서 잠금을 걸어야 합니다."},
    {"한영 혼용", "mixed",
     "GPU 메모리가 부족하면 batch size를 줄이거나 gradient checkpointing을 켜 보세요. vLLM보다 SGLang이 prefix "
     "caching에서 유리합니다."},
    {"코드", "code",
     "```python\ndef 합계(값들: list[int]) -> int:\n    \"\"\"값들의 합을 구한다.\"\"\"\n    총합 = 0\n    for 값 in "
     "값들:\n        "
     "총합 += 값\n    return 총합\n```\n위 코드를 한 줄로 줄여 줘."},
    {"숫자와 표", "numbers",
     "| 월 | 매출(원) | 증감 |\n|---|---:|---:|\n| 1월 | 12,345,678 | +3.2% |\n| 2월 | 11,908,440 | -3.5% |\n2026년 "
     "11월 23일 "
     "기준."},
    {"JSON", "JSON",
     "{\"이름\": \"김민수\", \"나이\": 34, \"취미\": [\"등산\", \"독서\"], \"주소\": {\"시\": \"대전\", \"구\": "
     "\"유성구\"}}"},
    {"이모지", "emoji",
     "생일 축하해 🎉🎂 오늘은 맛있는 거 먹자 👨‍👩‍👧‍👦 사진도 많이 찍고 "
     "📸❤️"},
    {"자모 분리", "decomposed",
     "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB\xE1\x84\x80\xE1\x85\xB3\xE1\x86\xAF "
     "\xE1\x84\x91\xE1\x85\xA1\xE1\x84\x8B\xE1\x85"
     "\xB5\xE1\x86\xAF \xE1\x84\x8B\xE1\x85\xB5\xE1\x84\x85\xE1\x85\xB3\xE1\x86\xB7"},
    {"한자", "hanja", "大韓民國은 民主共和國이다. 大韓民國의 主權은 國民에게 있고, 모든 權力은 國民으로부터 나온다."},
    {"띄어쓰기 없음", "no blanks", "아버지가방에들어가신다는말은띄어쓰기에따라뜻이달라지는대표적인보기로자주쓰인다"},
    {"영어", "English",
     "Please summarise the following document in three sentences and translate the summary into Korean, keeping all "
     "names."},
};

}  // namespace

std::span<const TokenSample> token_samples() {
  return kSamples;
}

}  // namespace ktl::app
