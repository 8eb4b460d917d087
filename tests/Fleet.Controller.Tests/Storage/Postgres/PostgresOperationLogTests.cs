using Fleet.Controller.Audit;
using Fleet.Controller.Storage.Postgres;
using Fleet.Controller.Tests.Fakes;
using Fleet.Testing;

namespace Fleet.Controller.Tests.Storage.Postgres;

[Collection("postgres")]
public sealed class PostgresOperationLogTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_database_that_refuses_is_told_of_once_a_minute_and_what_was_lost_when_it_is_back()
    {
        await postgres.BeginAsync(migrate: false);
        var time = new ManualTimeProvider();
        var lines = new LogLines();
        var log = new PostgresOperationLog(postgres.Source, time, lines);
        for (int i = 0; i < 5; i++)
        {
            log.Add(Operation($"r{i}"));
        }

        lines.All.ShouldHaveSingleItem().Id.ShouldBe(2050);
        time.Advance(TimeSpan.FromMinutes(1));
        log.Add(Operation("r5"));
        lines.All.Count.ShouldBe(2);
        lines.All[1].Text.ShouldContain("; 6 in a row");

        await PostgresSchema.EnsureAsync(postgres.Owner, "here", TestContext.Current.CancellationToken);
        log.Add(Operation("r6"));
        log.Add(Operation("r7"));
        lines.All.Count.ShouldBe(3, "a write that works says nothing");
        lines.All[2].ShouldBe((2051, "audit: written again; 6 operations before this one are not in it"));
        log.Newest(_ => true).Select(o => o.RequestId).ShouldBe(["r7", "r6"]);
    }

    private static OperationRecord Operation(string id) => new(
        0, DateTimeOffset.UnixEpoch, "somebody", "operator", "here", "SetSla", "web", "", "", id, OperationRecord.Done, "", "{}", "", "");
}
