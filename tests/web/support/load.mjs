// Users who keep asking until they are told to stop, so that there is something to look at.
import {events} from '../../e2e/support/system.mjs';
import {pause} from '../../e2e/support/until.mjs';

const questions = [
  '한국의 사계절을 소개해 주세요.', '김치찌개 끓이는 법을 알려 주세요.', '서울에서 부산까지 가는 방법은?',
  '머신러닝과 딥러닝의 차이를 설명해 주세요.', '오늘 할 일을 세 가지로 정리해 줘.', 'Explain rolling windows in one sentence.',
];

async function ask(gateway, key, round) {
  const messages = [{role: 'user', content: questions[round % questions.length]}];
  const answer = await gateway.chat({stream: true, max_tokens: 40, messages}, {key});
  if (!answer.ok) {
    await answer.arrayBuffer();
    await pause(200);
    return;
  }
  let last;
  for await (const event of events(answer)) last = event;
  if (!last) throw new Error('an answer without events');
}

// One endless asker for each key. stop() lets what runs end.
export function startLoad(gateway, keys) {
  let stopped = false;
  const loops = keys.map(async (key) => {
    for (let round = 0; !stopped; ++round) {
      try {
        await ask(gateway, key, round);
      } catch {
        await pause(200); // the test has stopped the gateway
      }
    }
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(loops);
    },
  };
}
