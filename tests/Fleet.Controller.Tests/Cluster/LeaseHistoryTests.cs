using System.Collections.Concurrent;
using Dapper;
using Fleet.Controller.Cluster;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Fleet.Controller.Tests.Fakes;
using Npgsql;

namespace Fleet.Controller.Tests.Cluster;

/// <summary>
/// Seeded histories of three controllers that contend for one pool on the real database, checked as a whole afterwards: what each call was
/// answered must fit one order of the calls in which there is never more than one owner.
/// </summary>
[Collection("postgres")]
public sealed class LeaseHistoryTests(PostgresFixture postgres)
{
    private const int Histories = 1000;
    private const int Controllers = 3;
    private const int Calls = 8;

    private sealed record Counter(int Count);

    private sealed record Granted(string Owner, ulong Epoch, long Asked, long Answered);

    private sealed record Acted(ulong Epoch, string Etag, long Asked, long Answered);

    /// <summary>A controller believed that it held the lease during this time.</summary>
    private sealed record Believed(string Owner, ulong Epoch, long From, long Until);

    private sealed record History(
        ConcurrentQueue<Granted> Grants, ConcurrentQueue<Acted> Writes, ConcurrentQueue<Acted> Renewals, ConcurrentQueue<Believed> Beliefs);

    [Fact]
    public async Task In_a_thousand_histories_there_is_one_owner_at_a_time_and_no_write_of_an_older_one()
    {
        await postgres.BeginAsync();
        int writes = 0, grants = 0;
        await Parallel.ForAsync(0, Histories, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (seed, _) =>
        {
            History history = await PlayAsync(seed);
            Check(seed, history);
            Interlocked.Add(ref writes, history.Writes.Count);
            Interlocked.Add(ref grants, history.Grants.Count);
        });

        // A history without contention proves nothing.
        grants.ShouldBeGreaterThan(Histories * 2);
        writes.ShouldBeGreaterThan(Histories);
        (await CountWrittenAsync()).ShouldBe(writes, "every acknowledged write is in the database, and no other");
    }

    private async Task<History> PlayAsync(int seed)
    {
        string pool = $"pool-{seed}";
        var key = new DocumentKey("things", pool);
        await new PostgresStore(postgres.Source).WriteAsync(key, new Counter(0), null, default);
        var history = new History(new(), new(), new(), new());
        await Task.WhenAll(Enumerable.Range(0, Controllers).Select(c => Task.Run(
            () => ControllerAsync(pool, key, $"c{c}", new Random((seed * Controllers) + c), history))));
        return history;
    }

    /// <summary>One controller's life: it asks, renews, writes, releases and stalls as its seed says.</summary>
    private async Task ControllerAsync(string pool, DocumentKey key, string name, Random chance, History history)
    {
        var table = new LeaseTable(postgres.Source);
        PoolLease? lease = null;
        for (int i = 0; i < Calls; i++)
        {
            int dice = chance.Next(10);
            var length = TimeSpan.FromMilliseconds(chance.Next(0, 6));
            long asked = TimeProvider.System.GetTimestamp();
            if (lease is null)
            {
                if (await table.AcquireAsync(pool, name, length, default) is { } epoch)
                {
                    lease = new PoolLease(pool, epoch, TimeProvider.System);
                    lease.Extend(asked, length);
                    long answered = TimeProvider.System.GetTimestamp();
                    history.Grants.Enqueue(new Granted(name, epoch, asked, answered));
                    long until = asked + (length.Ticks * TimeProvider.System.TimestampFrequency / TimeSpan.TicksPerSecond);
                    history.Beliefs.Enqueue(new Believed(name, epoch, answered, until));
                }
            }
            else if (dice < 2)
            {
                if (await table.RenewAsync(lease, name, length, default))
                {
                    lease.Extend(asked, length);
                    history.Renewals.Enqueue(new Acted(lease.Epoch, "", asked, TimeProvider.System.GetTimestamp()));
                }
                else
                {
                    lease = null;
                }
            }
            else if (dice < 4)
            {
                await table.ReleaseAsync(lease, name, default);
                lease = null;
            }
            else
            {
                // Also when the lease is over: a stalled controller does not know.
                lease = await WriteAsync(pool, key, lease, history) ? lease : null;
            }
        }
    }

    private async Task<bool> WriteAsync(string pool, DocumentKey key, PoolLease lease, History history)
    {
        IDocumentStore store = new PostgresStore(postgres.Source).Fenced(pool, lease.Epoch);
        try
        {
            StoredDocument<Counter> read = (await store.ReadAsync<Counter>(key, default))!;
            long asked = TimeProvider.System.GetTimestamp();
            string etag = await store.WriteAsync(key, new Counter(read.Value.Count + 1), read.Etag, default);
            history.Writes.Enqueue(new Acted(lease.Epoch, etag, asked, TimeProvider.System.GetTimestamp()));
            return true;
        }
        catch (FencedException)
        {
            return false;
        }
        catch (EtagMismatchException)
        {
            return true;
        }
    }

    private static void Check(int seed, History history)
    {
        string because = $"history {seed}";
        Granted[] grants = [.. history.Grants.OrderBy(g => g.Epoch)];
        grants.Select(g => g.Epoch).ShouldBeUnique(because);
        foreach ((Granted earlier, Granted later) in grants.Zip(grants.Skip(1)))
        {
            // Real-time order: a grant that was answered before another was asked has the smaller epoch.
            later.Answered.ShouldBeGreaterThan(earlier.Asked, because);
        }

        foreach (Acted act in history.Writes.Concat(history.Renewals))
        {
            grants.ShouldNotContain(g => g.Epoch > act.Epoch && g.Answered < act.Asked, because);
        }

        Acted[] inOrder = [.. history.Writes.OrderBy(w => long.Parse(w.Etag, System.Globalization.CultureInfo.InvariantCulture))];
        inOrder.Select(w => w.Epoch).ShouldBeInOrder(SortDirection.Ascending, because);
        Believed[] beliefs = [.. history.Beliefs.Where(b => b.Until > b.From).OrderBy(b => b.From)];
        foreach ((Believed first, Believed second) in beliefs.Zip(beliefs.Skip(1)))
        {
            bool released = first.Owner == second.Owner || second.From >= first.Until;
            (released || Ended(history, first, second.From)).ShouldBeTrue($"{because}: {first} and {second} overlap");
        }
    }

    // A belief ends early when its holder released the lease before the next grant was answered; the table then lets others in.
    private static bool Ended(History history, Believed belief, long by) =>
        !history.Writes.Concat(history.Renewals).Any(a => a.Epoch == belief.Epoch && a.Asked > by);

    private async Task<int> CountWrittenAsync()
    {
        await using NpgsqlConnection connection = await postgres.Source.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>("select sum((value->>'count')::int) from fleet.documents where kind = 'things'");
    }
}
