namespace Fleet.Controller.Cluster;

/// <summary>
/// Who should own what, decided by each controller for itself from what the heartbeat found: every live controller gets an equal share of
/// the pools, give or take one. Disagreement costs a refused acquisition, never a second owner.
/// </summary>
internal static class Placement
{
    /// <summary>What a controller should do now.</summary>
    /// <param name="Acquire">Pools to take, the most suitable first.</param>
    /// <param name="Release">Own pools to hand over.</param>
    public sealed record Moves(IReadOnlyList<string> Acquire, IReadOnlyList<string> Release);

    /// <summary>Decides.</summary>
    /// <param name="self">This controller.</param>
    /// <param name="beat">How the cluster stands.</param>
    public static Moves Decide(string self, ClusterBeat beat)
    {
        string[] able = [.. beat.Members.Where(m => !m.Draining).Select(m => m.Controller_Id)];
        string[] mine = [.. beat.Pools.Where(p => p.Owner == self).Select(p => p.PoolId)];
        if (!able.Contains(self))
        {
            return new Moves([], mine);
        }

        PoolSeat[] free = [.. beat.Pools.Where(p => p.Owner is null)];
        int least = beat.Pools.Length / able.Length;
        int most = (beat.Pools.Length + able.Length - 1) / able.Length;
        return new Moves(Wanted(self, free, mine.Length, least, most), free.Length > 0 ? [] : Surplus(self, beat, able, mine, least, most));
    }

    private static List<string> Wanted(string self, PoolSeat[] free, int owned, int least, int most)
    {
        var wanted = new List<string>();
        foreach (PoolSeat seat in free.OrderByDescending(p => Rank(self, p.PoolId)))
        {
            TimeSpan patience = owned < least ? TimeSpan.Zero : owned < most ? ClusterTimings.FairAfter : ClusterTimings.AnyoneAfter;
            if (seat.FreeFor >= patience)
            {
                wanted.Add(seat.PoolId);
                owned++;
            }
        }

        return wanted;
    }

    /// <summary>
    /// What exceeds the share goes when all pools are owned, so that a hand-over is over before the next begins. Among several
    /// controllers with one more than the least, as many give as others lack.
    /// </summary>
    private static IReadOnlyList<string> Surplus(string self, ClusterBeat beat, string[] able, string[] mine, int least, int most)
    {
        Dictionary<string, int> counts = able.ToDictionary(
            id => id, id => beat.Pools.Count(p => p.Owner == id), StringComparer.Ordinal);
        int give = mine.Length - most;
        if (give <= 0)
        {
            int lacking = counts.Values.Sum(c => Math.Max(0, least - c)) - counts.Values.Sum(c => Math.Max(0, c - most));
            string[] givers = [.. counts.Where(c => c.Value == most && most > least).Select(c => c.Key).Order(StringComparer.Ordinal)];
            int place = Array.IndexOf(givers, self);
            give = place >= 0 && place < lacking ? 1 : 0;
        }

        return give <= 0 ? [] : [.. mine.OrderBy(p => Rank(self, p)).Take(give)];
    }

    // Each controller prefers other pools, so that controllers that look at the same moment do not all ask for the same one.
    private static ulong Rank(string self, string poolId)
    {
        ulong hash = 14695981039346656037UL;
        foreach (char c in $"{self}/{poolId}")
        {
            hash = unchecked((hash ^ c) * 1099511628211UL);
        }

        return hash ^ (hash >> 29);
    }
}
