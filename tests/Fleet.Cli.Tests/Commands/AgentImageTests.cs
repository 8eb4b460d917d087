using System.Security.Cryptography;
using System.Text;
using Fleet.Cli.Services;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

public sealed class AgentImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_of_a_package_comes_with_its_assemblies() => AgentImage.Fits(_folder.Path).ShouldBeTrue();

    [Fact]
    public void A_program_that_was_built_from_other_code_is_not_run()
    {
        File.WriteAllText(_folder.File("Fleet.Core.dll"), "core");
        File.WriteAllText(_folder.File("Fleet.NodeAgent.dll"), "agent");
        Stamp("coreagent");
        AgentImage.Fits(_folder.Path).ShouldBeTrue();
        File.WriteAllText(_folder.File("Fleet.NodeAgent.dll"), "newer agent");
        AgentImage.Fits(_folder.Path).ShouldBeFalse();
    }

    private void Stamp(string content) => File.WriteAllText(
        _folder.File("fleet-agent.sha256"), Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(content))) + "\n");
}
