using System.Text.RegularExpressions;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Kubernetes;

/// <summary>deploy/kustomize as kubectl builds it.</summary>
public class KustomizeTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "deploy/kustomize");

    [Fact(Timeout = 60_000)]
    public async Task It_builds_and_holds_what_a_fleet_needs()
    {
        string built = await BuildAsync();
        string[] kinds = [.. Regex.Matches(built, "^kind: (\\w+)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value)];
        foreach (string kind in (string[])["Deployment", "StatefulSet", "DaemonSet", "PodDisruptionBudget", "NetworkPolicy", "Service"])
        {
            kinds.ShouldContain(kind);
        }

        built.ShouldContain("name: fleet-postgres");
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_service_has_probes_and_no_more_rights_than_it_uses()
    {
        string[] workloads = [.. (await BuildAsync()).Split("\n---\n").Where(d => Regex.IsMatch(d, "kind: (Deployment|StatefulSet|DaemonSet)\n"))];
        workloads.Length.ShouldBe(3);
        foreach (string workload in workloads)
        {
            workload.ShouldContain("path: /healthz");
            workload.ShouldContain("path: /readyz");
            workload.ShouldContain("readOnlyRootFilesystem: true");
            workload.ShouldContain("allowPrivilegeEscalation: false");
            Regex.IsMatch(workload, @"drop:\s+- ALL").ShouldBeTrue();
            bool agent = workload.Contains("kind: DaemonSet", StringComparison.Ordinal);
            workload.Contains("runAsNonRoot: true", StringComparison.Ordinal).ShouldBe(!agent);
            Regex.Matches(workload, "- (NET_ADMIN|PERFMON|DAC_READ_SEARCH|SYS_\\w+)\n").Select(m => m.Groups[1].Value)
                .ShouldBe(agent ? ["NET_ADMIN", "PERFMON", "DAC_READ_SEARCH"] : []);
        }
    }

    private static async Task<string> BuildAsync()
    {
        string? kubectl = Tool.Find("kubectl");
        Assert.SkipWhen(kubectl is null, "kubectl is not installed; see kubernetes.io/docs/tasks/tools");
        (int exitCode, string said) = await Tool.RunAsync(kubectl, ["kustomize", Folder]);
        exitCode.ShouldBe(0, said);
        return said;
    }
}
