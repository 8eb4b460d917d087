using System.Text.RegularExpressions;
using Fleet.Deploy.Tests.Support;
using Fleet.Deploy.Tests.Upgrade;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Docs;

/// <summary>Every command of the first pages does what the page says.</summary>
[Collection(nameof(LabCollection))]
public class DocumentedCommandsTests
{
    // Blocks that another run executes as they stand.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["make demo\n"] = "NewcomerTests runs it in an empty clone",
        ["make test\n"] = "is the run that this test is part of",
    };

    [Fact(Timeout = 480_000)]
    public async Task The_commands_of_the_first_pages_run_as_they_stand()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/memcached"), Tool.Missing("memcached"));
        await using var devices = new TestDevices();
        string? reason = await devices.AddAsync(first: 4, count: 1);
        Assert.SkipWhen(reason is not null, reason ?? "");
        string[] blocks = [.. ((string[])["README.md", "docs/first-five-minutes.md"]).SelectMany(DocumentedCommands.Blocks)];
        blocks.Length.ShouldBeGreaterThanOrEqualTo(4);
        foreach (string block in blocks.Where(b => !Elsewhere.ContainsKey(b)))
        {
            await using var sandbox = new DocumentedCommands(devices.Names[0]);
            sandbox.Write("pools.json", Block("docs/pools.md", "json").Replace("10.0.", "127.0.", StringComparison.Ordinal));
            sandbox.Write("fleet.yaml", Declaration);
            sandbox.StartMemcached(11311);
            sandbox.StartMemcached(11312);
            await sandbox.RunAsync(block);
            sandbox.Ran.Count.ShouldBe(block.Split('\n').Count(l => l.StartsWith("./fleet", StringComparison.Ordinal)));
        }
    }

    // The page declares what its commands have made by then.
    private const string Declaration =
        """
        pools:
        - id: cache
          listen: 127.0.0.1:11211
          sla: {percentile: 99, latencyUs: 800}
        """;

    private static string Block(string page, string language) =>
        Regex.Match(File.ReadAllText(Path.Combine(RepositoryRoot.Path, page)), $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
}
