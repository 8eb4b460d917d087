using Fleet.Hosting.Security;
using Fleet.V1;

namespace Fleet.Hosting.Tests.Security;

public class AccessRulesTests
{
    [Theory]
    [InlineData("AdminService/ListPools", Role.Viewer)]
    [InlineData("AdminService/Watch", Role.Viewer)]
    [InlineData("AdminService/Explain", Role.Viewer)]
    [InlineData("AdminService/Plan", Role.Viewer)]
    [InlineData("AdminService/DrainNode", Role.Operator)]
    [InlineData("AdminService/SetKillSwitch", Role.Operator)]
    [InlineData("AdminService/CreatePool", Role.Admin)]
    [InlineData("AdminService/DeletePool", Role.Admin)]
    [InlineData("AdminService/AddProxy", Role.Admin)]
    public void EveryMethodHasALeastRole(string method, Role least)
    {
        AccessRules.Least($"/fleet.v1.{method}").ShouldBe(least);
        foreach (Role role in new[] { Role.None, Role.Viewer, Role.Operator, Role.Admin })
        {
            AccessRules.Allow($"/fleet.v1.{method}", role).ShouldBe(role >= least, $"{role} on {method}");
        }
    }

    [Fact]
    public void AViewerChangesNothing()
    {
        string[] writes = [.. AdminService.Descriptor.Methods.Where(m => IsWrite(m.Name))
            .Select(m => m.Name)];
        writes.Length.ShouldBeGreaterThan(15);
        writes.ShouldAllBe(m => !AccessRules.Allow($"/fleet.v1.AdminService/{m}", Role.Viewer));
    }

    [Theory]
    [InlineData(Role.Viewer, false)]
    [InlineData(Role.Operator, false)]
    [InlineData(Role.Agent, false)]
    [InlineData(Role.Controller, true)]
    [InlineData(Role.Admin, true)]
    public void OnlyControllersAndAdminsSteerAgentsAndProxies(Role role, bool may)
    {
        AccessRules.Allow("/fleet.v1.AgentService/Apply", role).ShouldBe(may);
        AccessRules.Allow("/fleet.v1.ProxyService/ConfigurePool", role).ShouldBe(may);
    }

    [Fact]
    public void AgentsAndProxiesMayNotAskTheAdminApi() =>
        new[] { Role.Agent, Role.Proxy }.ShouldAllBe(r => !AccessRules.Allow("/fleet.v1.AdminService/ListPools", r));

    [Fact]
    public void AnUnknownServiceIsForAdmins()
    {
        AccessRules.Allow("/other.Service/List", Role.Operator).ShouldBeFalse();
        AccessRules.Allow("/grpc.health.v1.Health/Check", Role.None).ShouldBeTrue();
    }

    private static bool IsWrite(string name) => !new[] { "Get", "List", "Watch", "Explain", "Plan" }.Any(name.StartsWith);
}
