using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class DemoOptionsTests
{
    [Fact]
    public void TheDefaultsAreLegal() => new DemoOptions().Problems().ShouldBeEmpty();

    [Fact]
    public void EveryIllegalValueIsNamed()
    {
        string file = typeof(DemoOptionsTests).Assembly.Location;
        IReadOnlyList<string> problems = new DemoOptions { Servers = 1, Qps = double.NaN, OutputDirectory = file }.Problems();
        problems.Count.ShouldBe(3);
        problems[0].ShouldContain("2 to 8");
        problems[1].ShouldContain("1000 to 200000");
        problems[2].ShouldContain(file);
    }
}
