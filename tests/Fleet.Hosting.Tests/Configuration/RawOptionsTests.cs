using Fleet.Hosting.Configuration;
using Fleet.Testing;

namespace Fleet.Hosting.Tests.Configuration;

public sealed class RawOptionsTests : IDisposable
{
    private static readonly ConfigKey[] Keys =
        [new("listen", "ADDRESS", ""), new("server", "HOST:PORT", "", Many: true), new("wait", "DURATION", "")];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_flag_is_stronger_than_a_variable_and_a_variable_than_the_file()
    {
        string file = _folder.File("f.json");
        File.WriteAllText(file, """{ "listen": "file", "server": ["a:1", "b:2"], "wait": 3 }""");
        Read(file, null, null).Text("listen", null).ShouldBe("file");
        Read(file, "variable", null).Text("listen", null).ShouldBe("variable");
        Read(file, "variable", "flag").Text("listen", null).ShouldBe("flag");
        Read(file, null, null).Texts("server").ShouldBe(["a:1", "b:2"]);
        Read(file, null, null).Duration("wait", default).ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("5s", 5)]
    [InlineData("5min", 300)]
    [InlineData("1.5h", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("7", 7)]
    public void Durations_have_units(string text, double seconds) =>
        Wait(text).Duration("wait", default).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("5 weeks")]
    [InlineData("1e300h")]
    [InlineData("nan")]
    public void An_illegal_duration_is_a_problem_and_the_fallback_stands(string text)
    {
        RawOptions raw = Wait(text);
        raw.Duration("wait", TimeSpan.FromSeconds(9)).ShouldBe(TimeSpan.FromSeconds(9));
        raw.Problems.Single().ShouldContain($"wait is '{text}'");
    }

    [Fact]
    public void A_single_option_given_twice_is_a_problem()
    {
        var flags = new Dictionary<string, IReadOnlyList<string>> { ["listen"] = ["a", "b"] };
        RawOptions.Read("proxy", Keys, null, _ => null, flags).Problems.Single().ShouldContain("listen is given 2 times");
    }

    [Fact]
    public void A_missing_file_is_a_problem() =>
        Read(_folder.File("no.json"), null, null).Problems.Single().ShouldContain("no.json");

    private static RawOptions Wait(string text) => RawOptions.Read(
        "proxy", Keys, null, _ => null, new Dictionary<string, IReadOnlyList<string>> { ["wait"] = [text] });

    private static RawOptions Read(string file, string? variable, string? flag) => RawOptions.Read(
        "proxy",
        Keys,
        file,
        name => name == "FLEET_PROXY_LISTEN" ? variable : null,
        flag is null
            ? new Dictionary<string, IReadOnlyList<string>>()
            : new Dictionary<string, IReadOnlyList<string>> { ["listen"] = [flag] });
}
