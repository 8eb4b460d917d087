using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Demo;

/// <summary>The page of a demo that runs at its default addresses.</summary>
internal static class DemoPage
{
    public const string Address = "http://127.0.0.1:7480";
    private const string Pool = "demo";
    private const double PatienceSeconds = 600;

    /// <summary>Why no demo can run here; null when one can.</summary>
    public static async Task<string?> ReasonAsync() => !File.Exists("/usr/bin/memcached") ? Tool.Missing("memcached")
        : Environment.UserName != "root" ? "the lab needs root"
        : await ReadAsync() is not null ? $"something listens on {Address} already"
        : null;

    /// <summary>Waits until the page shows the demo's pool, and returns the pool's id.</summary>
    public static async Task<string> PoolAsync(ServiceProcess demo)
    {
        await Eventually.TrueAsync(
            async () => demo.HasExited
                ? throw new InvalidOperationException(demo.Said)
                : await ReadAsync() is { } fleet && fleet.GetProperty("pools").EnumerateArray().Any(p => p.GetProperty("id").GetString() == Pool),
            "the page shows the demo's pool",
            PatienceSeconds);
        return Pool;
    }

    /// <summary>Waits for a node that holds a setting which its tuner chose and measured.</summary>
    public static async Task<string> TunedNodeAsync(string pool, ServiceProcess demo)
    {
        using var client = new HttpClient();
        string? found = null;
        await Eventually.TrueAsync(
            async () =>
            {
                if (demo.HasExited)
                {
                    throw new InvalidOperationException(demo.Said);
                }

                string picture = await client.GetStringAsync($"{Address}/api/pools/{pool}");
                JsonElement nodes = JsonDocument.Parse(picture).RootElement.GetProperty("nodes");
                found = nodes.EnumerateArray().Where(n => n.GetProperty("phase").GetString() == "hold" && n.GetProperty("trials").GetInt32() > 0)
                    .Select(n => n.GetProperty("id").GetString()).FirstOrDefault();
                return found is not null;
            },
            "a tuned node",
            PatienceSeconds);
        return found!;
    }

    private static async Task<JsonElement?> ReadAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            return JsonDocument.Parse(await client.GetStringAsync(Address + "/api/fleet")).RootElement;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }
}
