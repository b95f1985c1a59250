// What the functions promise, on the Lua host, on a real redis-server and on a real cluster.
#include "storage/redis/functions.h"

#include <gtest/gtest.h>

#include "storage/redis/functions_test_fixture.h"

namespace ktl::storage::redis {
namespace {

using namespace std::chrono_literals;
using namespace suite;

class Functions : public Fixture {};

TEST_P(Functions, AdmitWhatFitsAndTellHowTheScopesStand) {
  const ChargePlace charge = place("c-1", limits({{LimitKind::rpm, 2}, {LimitKind::tpm, 100}}));
  const auto answer = std::get<Admitted>(reserve(charge, ask(60)));
  EXPECT_EQ(answer.at, kNoon);
  EXPECT_EQ(answer.counted_until, kNoon);
  EXPECT_TRUE(answer.fresh);
  const Told& user = answer.scopes[1];
  EXPECT_EQ(user.used[static_cast<std::size_t>(LimitKind::tpm)], 60);
  EXPECT_EQ(user.reset[static_cast<std::size_t>(LimitKind::tpm)], 60'499ms);
}

TEST_P(Functions, RefuseWithTheExactWaitAndCountNothing) {
  const auto of_user = limits({{LimitKind::tpm, 100}});
  ASSERT_TRUE(admitted(place("c-1", of_user), 60));
  const Refused no = refused(place("c-2", of_user), 41, kNoon + 10s);
  EXPECT_EQ(no.scope, 1u);
  EXPECT_EQ(no.limit, LimitKind::tpm);
  EXPECT_EQ(no.allowed, 100);
  EXPECT_EQ(no.used, 60);
  EXPECT_EQ(no.requested, 41);
  EXPECT_EQ(no.retry_after, 50'499ms);
  EXPECT_FALSE(no.never);
  EXPECT_EQ(used_of_user(LimitKind::rpm, kNoon + 10s), 1);
  EXPECT_FALSE(admitted(place("c-2", of_user), 41, kNoon + 10s + no.retry_after - 1ms));
  EXPECT_TRUE(admitted(place("c-2", of_user), 41, kNoon + 10s + no.retry_after));
  EXPECT_TRUE(refused(place("c-3", of_user), 101, kNoon).never);
}

TEST_P(Functions, CountAllScopesOrNone) {
  const auto of_user = limits({{LimitKind::rpm, 10}});
  const auto of_key = limits({{LimitKind::concurrent, 1}});
  ASSERT_TRUE(admitted(place("c-1", of_user, of_key), 5));
  EXPECT_EQ(refused(place("c-2", of_user, of_key), 5).limit, LimitKind::concurrent);
  EXPECT_EQ(used_of_user(LimitKind::rpm), 1);
}

TEST_P(Functions, CheckWithoutCounting) {
  const ChargePlace charge = place("", limits({{LimitKind::rpm, 1}}));
  EXPECT_EQ(read_check(call(functions_.check(charge, ask(1), kNoon))).value(), std::nullopt);
  ASSERT_TRUE(admitted(place("c-1", charge.scopes[1].limits), 1));
  const auto refusal = read_check(call(functions_.check(charge, ask(1), kNoon))).value();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, LimitKind::rpm);
}

TEST_P(Functions, AnswerTheSameReservationAgainAndCountItOnce) {
  const ChargePlace charge = place("c-1", limits({{LimitKind::rpm, 1}}));
  ASSERT_TRUE(admitted(charge, 5));
  const auto again = std::get<Admitted>(reserve(charge, ask(5), kNoon + 3s));
  EXPECT_EQ(again.at, kNoon);
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(used_of_user(LimitKind::rpm, kNoon + 3s), 1);
  EXPECT_EQ(end(functions_.settle(charge, used(1, 2), kNoon + 4s)), EndAnswer::ended);
  EXPECT_TRUE(std::holds_alternative<EndedBefore>(reserve(charge, ask(5), kNoon + 5s)));
}

TEST_P(Functions, SettleInTheSameSliceOnce) {
  const ChargePlace charge = place("c-1", limits({{LimitKind::tpm, 100}, {LimitKind::concurrent, 1}}));
  ASSERT_TRUE(admitted(charge, 60));
  EXPECT_EQ(used_of_user(LimitKind::concurrent), 1);
  EXPECT_EQ(end(functions_.settle(charge, used(10, 20), kNoon + 5s)), EndAnswer::ended);
  EXPECT_EQ(end(functions_.settle(charge, used(50, 50), kNoon + 5s)), EndAnswer::already);
  EXPECT_EQ(end(functions_.release(charge, kNoon + 5s)), EndAnswer::already);
  EXPECT_EQ(used_of_user(LimitKind::concurrent, kNoon + 5s), 0);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 5s), 30);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 60'498ms), 30);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 60'499ms), 0);
  EXPECT_EQ(roll_up().lines, 1);
  EXPECT_EQ(totals(), (Totals{1, 10, 20}));
}

TEST_P(Functions, CarryWhatWasOverrunAsDebt) {
  const auto of_user = limits({{LimitKind::tpm, 100}});
  ASSERT_TRUE(admitted(place("c-1", of_user), 60));
  EXPECT_EQ(end(functions_.settle(place("c-1", of_user), used(0, 150), kNoon + 1s)), EndAnswer::ended);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 2s), 150);
  EXPECT_EQ(refused(place("c-2", of_user), 60, kNoon + 2s).retry_after, 118'499ms);
  EXPECT_EQ(refused(place("c-2", of_user), 1, kNoon + 2s).retry_after, 58'499ms);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 60'499ms), 50);
}

TEST_P(Functions, TakeEverythingBackWhenAChargeIsReleased) {
  const ChargePlace charge = place("c-1", limits({{LimitKind::rpm, 1}}));
  ASSERT_TRUE(admitted(charge, 60));
  EXPECT_EQ(end(functions_.release(charge, kNoon + 1s)), EndAnswer::ended);
  EXPECT_EQ(used_of_user(LimitKind::rpm, kNoon + 1s), 0);
  EXPECT_EQ(used_of_user(LimitKind::daily, kNoon + 1s), 0);
  EXPECT_EQ(roll_up().lines, 1);
  EXPECT_EQ(totals(), (Totals{0, 0, 0}));
}

TEST_P(Functions, ExpireAtWhatWasReservedAndAdjustWhatIsSettledLate) {
  const ChargePlace charge = place("c-1", {});
  ASSERT_TRUE(admitted(charge, 60));
  EXPECT_EQ(end(functions_.expire(charge, kNoon + 20s)), EndAnswer::ended);
  EXPECT_EQ(end(functions_.expire(charge, kNoon + 21s)), EndAnswer::already);
  EXPECT_EQ(used_of_user(LimitKind::concurrent, kNoon + 21s), 0);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 21s), 60);
  roll_up();
  EXPECT_EQ(totals(), (Totals{1, 60, 0}));
  EXPECT_EQ(end(functions_.settle(charge, used(10, 20), kNoon + 30s)), EndAnswer::adjusted);
  EXPECT_EQ(end(functions_.settle(charge, used(10, 20), kNoon + 31s)), EndAnswer::already);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 31s), 30);
  EXPECT_EQ(used_of_user(LimitKind::concurrent, kNoon + 31s), 0);
  roll_up();
  EXPECT_EQ(totals(), (Totals{1, 10, 20}));
}

TEST_P(Functions, UndoWithoutATrace) {
  const ChargePlace charge = place("c-1", limits({{LimitKind::rpm, 1}}));
  ASSERT_TRUE(admitted(charge, 60));
  EXPECT_EQ(end(functions_.undo(charge, kNoon)), EndAnswer::ended);
  EXPECT_EQ(used_of_user(LimitKind::rpm), 0);
  EXPECT_EQ(roll_up().lines, 0);
}

TEST_P(Functions, NeverMakeAReservationThatWasUndoneBefore) {
  const ChargePlace charge = place("c-1", {});
  EXPECT_EQ(end(functions_.undo(charge, kNoon)), EndAnswer::unknown);
  EXPECT_TRUE(std::holds_alternative<EndedBefore>(reserve(charge, ask(5))));
  EXPECT_EQ(used_of_user(LimitKind::rpm), 0);
}

TEST_P(Functions, BookWorkOfAnOutageOnce) {
  PastWork work{.gateway = "g1", .admitted_at = kNoon, .reserved = 50, .used = used(10, 20), .noted = ask(0).noted};
  const ChargePlace charge = place("c-ff1", {});
  EXPECT_EQ(end(functions_.settle(charge, used(10, 20), kNoon + 9s)), EndAnswer::unknown);
  EXPECT_EQ(end(functions_.book(charge, work, kNoon + 10s)), EndAnswer::ended);
  EXPECT_EQ(end(functions_.book(charge, work, kNoon + 11s)), EndAnswer::already);
  EXPECT_EQ(end(functions_.settle(charge, used(10, 20), kNoon + 12s)), EndAnswer::already);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 12s), 30);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 60'499ms), 0);
  EXPECT_EQ(roll_up().lines, 1);
  EXPECT_EQ(totals(), (Totals{1, 10, 20}));
}

TEST_P(Functions, BookNothingThatIsOpenOrHasEnded) {
  const ChargePlace open = place("c-1", {}), ended = place("c-2", {}), near = place("c-3", {});
  PastWork work{.gateway = "g1", .admitted_at = kNoon, .reserved = 50, .used = used(10, 20), .noted = {}};
  ASSERT_TRUE(admitted(open, 50));
  ASSERT_TRUE(admitted(ended, 50));
  EXPECT_EQ(end(functions_.settle(ended, used(1, 1), kNoon)), EndAnswer::ended);
  EXPECT_EQ(end(functions_.book(open, work, kNoon)), EndAnswer::unknown);
  EXPECT_EQ(end(functions_.book(ended, work, kNoon)), EndAnswer::already);
  EXPECT_EQ(end(functions_.book(near, work, kNoon)), EndAnswer::ended);
}

TEST_P(Functions, CountALeaseInTheSliceOfItsEnd) {
  const auto of_user = limits({{LimitKind::rpm, 10}, {LimitKind::tpm, 100}});
  Ask lease = ask(80);
  lease.requests = 8;
  lease.places = 0;
  lease.lease = 5s;
  const auto answer = std::get<Admitted>(reserve(place("c-1", of_user), lease));
  EXPECT_EQ(answer.at, kNoon);
  EXPECT_EQ(answer.counted_until, kNoon + 5s);
  EXPECT_EQ(used_of_user(LimitKind::rpm), 8);
  EXPECT_EQ(refused(place("c-2", of_user), 21, kNoon + 1s).retry_after, 64'499ms);
  Used spent = used(10, 20);
  spent.requests = 3;
  EXPECT_EQ(end(functions_.settle(place("c-1", of_user), spent, kNoon + 6s)), EndAnswer::ended);
  EXPECT_EQ(used_of_user(LimitKind::rpm, kNoon + 6s), 3);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 65'498ms), 30);
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 65'499ms), 0);
  roll_up();
  EXPECT_EQ(totals(), (Totals{3, 10, 20}));
}

TEST_P(Functions, NeverLeaseBeyondMidnight) {
  const WallTime midnight{std::chrono::sys_days{std::chrono::January / 5 / 2027} + 15h};  // in Seoul
  Ask lease = ask(80);
  lease.lease = 4s;
  const auto answer = std::get<Admitted>(reserve(place("c-1", {}), lease, midnight - 1s));
  EXPECT_EQ(answer.counted_until, midnight - 1ms);
  EXPECT_EQ(used_of_user(LimitKind::daily, midnight - 1ms), 80);
  EXPECT_EQ(used_of_user(LimitKind::daily, midnight), 0);
}

TEST_P(Functions, RollUpEachEntryOnceIntoTotalsAndDays) {
  const WallTime tomorrow = kNoon + 24h;
  for (int i = 0; i < 5; ++i) {
    const ChargePlace charge = place("c-" + std::to_string(i), {});
    ASSERT_TRUE(admitted(charge, 10, i < 3 ? kNoon : tomorrow));
    end(functions_.settle(charge, used(1, 2), i < 3 ? kNoon + 1s : tomorrow + 1s));
  }
  EXPECT_EQ(roll_up(2, tomorrow + 2s).lines, 2);
  EXPECT_EQ(totals(), (Totals{2, 2, 4}));
  const RolledUp rest = roll_up(100, tomorrow + 2s);
  EXPECT_EQ(rest.lines, 3);
  EXPECT_EQ(rest.kept, 2);  // yesterday's are older than an hour
  EXPECT_EQ(roll_up(100, tomorrow + 2s).lines, 0);
  EXPECT_EQ(totals(), (Totals{5, 5, 10}));
  const auto day = std::chrono::floor<std::chrono::days>(kNoon + 9h).time_since_epoch().count();
  EXPECT_EQ(totals(day), (Totals{3, 3, 6}));
  EXPECT_EQ(totals(day + 1), (Totals{2, 2, 4}));
  const ScopeName user{ScopeKind::user, kUser};
  using All = std::vector<Totals>;
  EXPECT_EQ(read_totals(call(functions_.totals_of_days("t07", day - 1, day + 1, user))).value(),
            (All{{0, 0, 0}, {3, 3, 6}, {2, 2, 4}}));
  const auto hour = std::chrono::floor<std::chrono::hours>(kNoon).time_since_epoch().count();
  EXPECT_EQ(read_totals(call(functions_.totals_of_hours("t07", hour - 1, hour + 1, user))).value(),
            (All{{0, 0, 0}, {3, 3, 6}, {0, 0, 0}}));
  EXPECT_EQ(read_totals(call(functions_.totals_of_hours("t07", hour + 24, hour + 24, user))).value(), (All{{2, 2, 4}}));
}

TEST_P(Functions, ListTheOpenChargesOfDeadGateways) {
  for (const char* gateway : {"g1", "g2", "g3"}) {
    Ask of_gateway = ask(11);
    of_gateway.gateway = gateway;
    reserve(place(std::string("c-of-") + gateway, {}), of_gateway);
  }
  const std::vector<std::string> alive{"g1", "g3"};
  const auto dead = read_open_charges(call(functions_.open_charges("t07", false, alive, 10))).value();
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].charge, "c-of-g2");
  EXPECT_EQ(dead[0].gateway, "g2");
  EXPECT_EQ(dead[0].admitted_at, kNoon);
  EXPECT_EQ(dead[0].tokens, 11);
  EXPECT_TRUE(dead[0].booked);
  EXPECT_EQ(dead[0].noted, ask(0).noted);
  EXPECT_EQ(read_open_charges(call(functions_.open_charges("t07", true, alive, 1))).value().size(), 1u);
  end(functions_.settle(place("c-of-g1", {}), used(1, 1), kNoon));
  EXPECT_EQ(read_open_charges(call(functions_.open_charges("t07", true, alive, 10))).value().size(), 1u);
}

TEST_P(Functions, KnowWhichGatewaysLive) {
  const auto beat = [&](const char* gateway, WallTime now) {
    return read_heartbeat(call(functions_.heartbeat(gateway, 3s, now))).value();
  };
  EXPECT_EQ(beat("g1", kNoon).gateways, 1);
  EXPECT_EQ(beat("g2", kNoon + 2s).gateways, 2);
  EXPECT_EQ(beat("g2", kNoon + 4s).gateways, 1);
  EXPECT_EQ(beat("g2", kNoon + 4s).now, kNoon + 4s);
  EXPECT_EQ(read_names(call(functions_.alive(3s, kNoon + 5s))).value(), std::vector<std::string>{"g2"});
  EXPECT_EQ(read_number(call(functions_.leave("g2"))).value(), 1);
  EXPECT_TRUE(read_names(call(functions_.alive(3s, kNoon + 5s))).value().empty());
}

TEST_P(Functions, GiveEveryScopeANumberOnce) {
  const auto number = [&](ScopeKind kind, std::string_view name) {
    return read_number(call(functions_.scope_number(kind, name))).value();
  };
  EXPECT_EQ(number(ScopeKind::user, "사용자1"), 1);
  EXPECT_EQ(number(ScopeKind::key, "사용자1"), 2);
  EXPECT_EQ(number(ScopeKind::user, "사용자1"), 1);
}

TEST_P(Functions, WriteARecordOnlyOverTheVersionThatWasSeen) {
  const auto put = [&](std::optional<std::int64_t> seen, std::optional<std::string_view> value) {
    return read_put(call(functions_.put("user:1", seen, value))).value();
  };
  EXPECT_TRUE(put(0, "a").done);
  const Written lost = put(0, "b");
  EXPECT_FALSE(lost.done);
  EXPECT_EQ(lost.version, 1);
  EXPECT_EQ(lost.value, "a");
  EXPECT_EQ(put(1, "b").version, 2);
  EXPECT_EQ(put(std::nullopt, "c").version, 3);
  EXPECT_TRUE(put(3, std::nullopt).done);
  EXPECT_TRUE(put(0, "d").done);
}

TEST_P(Functions, RollUpNothingWhileSomethingCannotBeRead) {
  const WallTime tomorrow = kNoon + 24h;
  const auto day = std::chrono::floor<std::chrono::days>(tomorrow + 9h).time_since_epoch().count();
  const auto hour = std::chrono::floor<std::chrono::hours>(tomorrow).time_since_epoch().count();
  const Keyspace& keys = functions_.keys();
  const std::string ever = keys.totals("t07"), of_day = keys.totals("t07", day),
                    of_hour = keys.totals_of_hour("t07", hour), ledger = keys.ledger("t07");
  const std::string user = scope_word(ScopeKind::user, kUser), key = scope_word(ScopeKind::key, kKey);
  const auto run = [&](std::vector<std::string> words) {
    std::string at = words[1];
    return told(call({std::move(words), std::move(at)}));
  };
  const auto all = [&] {
    std::string text = run({"XLEN", ledger});
    for (const std::string& hash : {ever, of_day, of_hour}) text += ' ' + run({"HMGET", hash, user, key, "@"});
    return text;
  };
  const auto expect_nothing = [&](const std::string& what) {
    const std::string before = all();
    const Value reply = call(functions_.roll_up("t07", 100, 1h, Millis(0), tomorrow + 2s));
    EXPECT_TRUE(reply.is_error()) << what << ": " << told(reply);
    EXPECT_EQ(all(), before) << what;
  };
  ASSERT_TRUE(admitted(place("c-1", {}), 10));
  end(functions_.settle(place("c-1", {}), used(1, 2), kNoon + 1s));
  EXPECT_EQ(roll_up().lines, 1);
  ASSERT_TRUE(admitted(place("c-2", {}), 10, tomorrow));
  end(functions_.settle(place("c-2", {}), used(10, 20), tomorrow + 1s));

  for (const std::string bad : {"", "x", "1 2", "1 2 3 4", "1 2 three"}) {
    for (const std::string& hash : {of_day, of_hour}) {
      run({"HSET", hash, user, bad});
      expect_nothing(hash + ": " + bad);
      run({"HDEL", hash, user});
    }
    run({"HSET", ever, user, bad});
    expect_nothing(ever + ": " + bad);
    run({"HSET", ever, user, "1 1 2"});
  }
  for (const std::string& hash : {of_day, of_hour}) {
    if (GetParam() == Where::host) break;  // whose keys keep their type
    run({"SET", hash, "no hash"});
    expect_nothing(hash + " is no hash");
    run({"PEXPIRE", hash, "0"});
  }
  EXPECT_EQ(roll_up(100, tomorrow + 2s).lines, 1);
  EXPECT_EQ(roll_up(100, tomorrow + 2s).lines, 0);
  EXPECT_EQ(totals(), (Totals{2, 11, 22}));
  EXPECT_EQ(totals(day), (Totals{1, 10, 20}));
  EXPECT_EQ(run({"HMGET", of_hour, user, key}), "[1 10 20 1 10 20]");
}

TEST_P(Functions, TellTheChangesAfterAVersion) {
  const auto put = [&](std::string_view name, std::optional<std::string_view> value) {
    call(functions_.put(name, std::nullopt, value));
  };
  put("a", "1"), put("b", "2"), put("a", "3"), put("c", "4"), put("c", std::nullopt);
  EXPECT_EQ(read_heartbeat(call(functions_.heartbeat("g1", 3s, kNoon))).value().version, 5);
  const Changes changes = read_changes(call(functions_.changes(1, 10))).value();
  EXPECT_EQ(changes.version, 5);
  ASSERT_EQ(changes.list.size(), 3u);
  EXPECT_EQ(changes.list[0].name, "b");
  EXPECT_EQ(changes.list[0].version, 2);
  EXPECT_EQ(changes.list[1].value, "3");
  EXPECT_EQ(changes.list[2].value, std::nullopt);
  EXPECT_EQ(read_changes(call(functions_.changes(0, 1))).value().list.size(), 1u);
}

TEST_P(Functions, NeverOpenAWindowAgainWhenTheClockGoesBack) {
  const auto of_user = limits({{LimitKind::rpm, 1}});
  ASSERT_TRUE(admitted(place("c-1", of_user), 1));
  EXPECT_FALSE(admitted(place("c-2", of_user), 1, kNoon - 5h));
  EXPECT_EQ(end(functions_.settle(place("c-1", of_user), used(1, 0), kNoon - 5h)), EndAnswer::ended);
  EXPECT_EQ(roll_up().lines, 1);
}

TEST_P(Functions, KeepExactCountOfAsMuchAsThereIs) {
  const auto most = std::int64_t{1} << 40;
  ASSERT_TRUE(admitted(place("c-1", limits({{LimitKind::tpm, std::int64_t{1} << 60}})), most + 5));
  EXPECT_EQ(used_of_user(LimitKind::tpm), most);
}

TEST_P(Functions, TellWhichTheyAre) {
  EXPECT_TRUE(read_about(call(redis::Functions::about())).value());
}

INSTANTIATE_TEST_SUITE_P(OnTheHost, Functions, testing::Values(Where::host));
INSTANTIATE_TEST_SUITE_P(OnRedis, Functions, testing::Values(Where::single));
INSTANTIATE_TEST_SUITE_P(OnACluster, Functions, testing::Values(Where::cluster));

}  // namespace
}  // namespace ktl::storage::redis
