using System.Text.RegularExpressions;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Client bytes and what must come back until the connection ends (the client half-closes after its bytes).</summary>
/// <param name="Name">What the case shows.</param>
/// <param name="Input">Bytes as Latin-1.</param>
/// <param name="Reply">Reply as Latin-1; {V} stands for the version, c# and cas=# for a unique.</param>
/// <param name="Difference">Why memcached 1.6.18 answers otherwise; null: byte for byte the same.</param>
public sealed partial record WireCase(string Name, string Input, string Reply, string? Difference = null)
{
    /// <summary>The one table: parser tests, end-to-end tests, fuzzing and benchmarks draw from it.</summary>
    public static IReadOnlyList<WireCase> All { get; } = [.. ClassicCases.All, .. MetaCases.Meta, .. BinaryCases.All, .. AdminCases.All];

    /// <summary>The name, for the test runner.</summary>
    public override string ToString() => Name;

    public static TheoryData<string> Names() => [.. All.Select(c => c.Name)];

    public static WireCase Get(string name) => All.Single(c => c.Name == name);

    /// <summary>A reply without what differs from server to server: versions and uniques.</summary>
    public static string Normal(string reply) => reply.StartsWith('\u0081') ? BinaryWire.Normal(reply) : Unique().Replace(
        reply.Replace("VERSION 1.6.18\r\n", "{V}\r\n", StringComparison.Ordinal)
            .Replace($"VERSION {Replies.VersionText}\r\n", "{V}\r\n", StringComparison.Ordinal),
        "#");

    [GeneratedRegex("(?<= c| cas=)[0-9]+")]
    private static partial Regex Unique();
}
