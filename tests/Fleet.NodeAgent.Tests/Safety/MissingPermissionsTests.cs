using Fleet.NodeAgent.Safety;
using Fleet.Testing;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class MissingPermissionsTests
{
    [Fact]
    public void EachIsLoggedOnceAndStaysVisible()
    {
        using var log = new LogList();
        var permissions = new MissingPermissions(log);
        for (int i = 0; i < 3; i++)
        {
            permissions.Report("rapl-package", "energy_uj needs CAP_DAC_READ_SEARCH");
        }

        log.Messages.ShouldHaveSingleItem().Text.ShouldContain("CAP_DAC_READ_SEARCH");
        permissions.Names.ShouldBe(["rapl-package"]);
    }
}
