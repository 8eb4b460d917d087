using Fleet.Controller.Audit;
using Fleet.Controller.Storage.Postgres;
using Fleet.Controller.Tests.Fakes;
using Fleet.Testing;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Tests.Storage.Postgres;

[Collection("postgres")]
public sealed class PostgresOperationLogTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_database_that_refuses_is_told_of_once_a_minute_and_what_was_lost_when_it_is_back()
    {
        await postgres.BeginAsync(migrate: false);
        var time = new ManualTimeProvider();
        using var lines = new LogList();
        var log = new PostgresOperationLog(postgres.Source, time, lines);
        for (int i = 0; i < 5; i++)
        {
            log.Add(Operation($"r{i}"));
        }

        lines.Messages.ShouldHaveSingleItem().Id.ShouldBe(2050);
        time.Advance(TimeSpan.FromMinutes(1));
        log.Add(Operation("r5"));
        lines.Messages.Count.ShouldBe(2);
        lines.Messages.Last().Text.ShouldContain("; 6 in a row");

        await PostgresSchema.EnsureAsync(postgres.Owner, "here", TestContext.Current.CancellationToken);
        log.Add(Operation("r6"));
        log.Add(Operation("r7"));
        lines.Messages.Count.ShouldBe(3, "a write that works says nothing");
        lines.Messages.Last().ShouldBe((2051, LogLevel.Warning, "audit: written again; 6 operations before this one are not in it"));
        log.Newest(_ => true).Select(o => o.RequestId).ShouldBe(["r7", "r6"]);
    }

    private static OperationRecord Operation(string id) => new(
        0, DateTimeOffset.UnixEpoch, "somebody", "operator", "here", "SetSla", "web", "", "", id, OperationRecord.Done, "", "{}", "", "");
}
