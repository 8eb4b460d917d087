using Fleet.Proxy.Routes;

namespace Fleet.Proxy.Engine;

/// <summary>What the rules of pools need of their loop.</summary>
internal sealed unsafe partial class EventLoop
{
    private readonly List<StagedRoute> _staged = [];

    /// <summary>Place among the engine's loops, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Chance for choices between equals; each loop has its own.</summary>
    public Random Random => field ??= new Random(Index + 1);

    /// <summary>A request waits in a pool's route until its bytes are complete.</summary>
    public void AddStaged(StagedRoute route) => _staged.Add(route);

    /// <summary>Seconds since 1970.</summary>
    public long UnixSeconds() => _time.GetUtcNow().ToUnixTimeSeconds();

    private void CompleteStaged()
    {
        for (int i = 0; i < _staged.Count; i++)
        {
            _staged[i].Complete();
        }

        _staged.Clear();
    }
}
