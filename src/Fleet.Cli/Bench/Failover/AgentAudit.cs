using System.Text.Json;

namespace Fleet.Cli.Bench.Failover;

/// <summary>One line of an agent's audit.</summary>
/// <param name="At">When, agent's clock.</param>
/// <param name="Done">Whether the host was changed.</param>
/// <param name="Epoch">Epoch of the sender; null: the agent's own rule.</param>
/// <param name="Exploring">Whether it was a probe.</param>
internal sealed record AgentAct(DateTimeOffset At, bool Done, long? Epoch, bool Exploring);

/// <summary>What an agent did, from its audit file.</summary>
/// <param name="path">The file.</param>
internal sealed class AgentAudit(string path)
{
    /// <summary>Every act, oldest first. A line that is being written is left out.</summary>
    public IReadOnlyList<AgentAct> Read()
    {
        var acts = new List<AgentAct>();
        if (!File.Exists(path))
        {
            return acts;
        }

        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (file.ReadLine() is { } line)
        {
            try
            {
                using JsonDocument entry = JsonDocument.Parse(line);
                JsonElement e = entry.RootElement;
                acts.Add(new AgentAct(
                    e.GetProperty("time").GetDateTimeOffset(),
                    e.GetProperty("outcome").GetString() == "done",
                    e.TryGetProperty("epoch", out JsonElement epoch) ? epoch.GetInt64() : null,
                    e.TryGetProperty("exploring", out JsonElement exploring) && exploring.GetBoolean()));
            }
            catch (JsonException)
            {
                break;
            }
        }

        return acts;
    }

    /// <summary>Accepted commands that follow one of a newer epoch.</summary>
    public static int Stale(IReadOnlyList<AgentAct> acts)
    {
        long newest = 0;
        int stale = 0;
        foreach (long epoch in acts.Where(a => a is { Done: true, Epoch: not null }).Select(a => a.Epoch!.Value))
        {
            stale += epoch < newest ? 1 : 0;
            newest = Math.Max(newest, epoch);
        }

        return stale;
    }
}
