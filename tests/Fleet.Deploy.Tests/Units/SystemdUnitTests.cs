using System.Globalization;
using System.Text.RegularExpressions;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Units;

/// <summary>deploy/systemd: how much a service could do at most, and that its stop time outlasts its own patience.</summary>
public partial class SystemdUnitTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "deploy/systemd");

    [Theory]
    [InlineData("fleet-controller.service", 2.5)]
    [InlineData("fleet-proxy.service", 2.5)]
    [InlineData("fleet-agent.service", 4.5)]
    public async Task Its_exposure_is_low(string unit, double most)
    {
        string? analyze = Tool.Find("systemd-analyze");
        Assert.SkipWhen(analyze is null, Tool.Missing("systemd-analyze"));
        (int exitCode, string said) = await Tool.RunAsync(
            analyze,
            ["security", "--offline=true", "--no-pager", string.Create(CultureInfo.InvariantCulture, $"--threshold={most * 10:0}"), unit],
            folder: Folder);
        exitCode.ShouldBe(0, said);
        double exposure = double.Parse(Exposure().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        exposure.ShouldBeInRange(0.1, most);
    }

    [Theory]
    [InlineData("fleet-controller.service")]
    [InlineData("fleet-proxy.service")]
    [InlineData("fleet-agent.service")]
    public void It_is_notified_watched_and_given_longer_to_stop_than_the_command_line_takes(string unit)
    {
        string text = File.ReadAllText(Path.Combine(Folder, unit));
        text.ShouldContain("\nType=notify\n");
        text.ShouldContain("\nWatchdogSec=30\n");
        text.ShouldContain("\nRestart=on-failure\n");

        // The command line ends a service that does not stop by itself after 15 s.
        int.Parse(Regex.Match(text, @"TimeoutStopSec=(\d+)").Groups[1].Value, CultureInfo.InvariantCulture).ShouldBeGreaterThan(15);
    }

    [GeneratedRegex(@"Overall exposure level for [\w.-]+: ([\d.]+)")]
    private static partial Regex Exposure();
}
