using Fleet.Hosting.Endpoints;

namespace Fleet.Hosting.Tests.Endpoints;

public sealed class ServiceEndpointTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://localhost:1", "http://localhost:1")]
    [InlineData("https://localhost:1", "https://localhost:1")]
    [InlineData("http://10.0.0.1:65535/", "http://10.0.0.1:65535")]
    [InlineData("[::1]:0", "http://[::1]:0")]
    [InlineData("node-1.example:80", "http://node-1.example:80")]
    [InlineData("unix:/run/fleet.sock", "unix:/run/fleet.sock")]
    [InlineData("unix:///run/fleet.sock", "unix:/run/fleet.sock")]
    public void Legal_forms_parse(string text, string address) => ServiceEndpoint.Parse(text).Address.ShouldBe(address);

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("a b:80")]
    [InlineData("ftp://localhost:80")]
    [InlineData("http://localhost:80/path")]
    [InlineData("unix:relative.sock")]
    [InlineData("unix:/")]
    public void Other_forms_name_the_value_and_the_legal_forms(string text)
    {
        ServiceEndpoint.TryParse(text, out _, out string? problem).ShouldBeFalse();
        problem.ShouldContain(text);
        problem.ShouldContain("legal forms: HOST:PORT, http://HOST:PORT, https://HOST:PORT, unix:/PATH");
        Should.Throw<FormatException>(() => ServiceEndpoint.Parse(text)).Message.ShouldBe(problem);
    }

    [Fact]
    public void A_path_longer_than_a_socket_address_is_refused()
    {
        ServiceEndpoint.Parse("unix:/" + new string('a', ServiceEndpoint.MaxSocketPathBytes - 1)).SocketPath!.Length
            .ShouldBe(ServiceEndpoint.MaxSocketPathBytes);
        string tooLong = "unix:/" + new string('a', ServiceEndpoint.MaxSocketPathBytes);
        ServiceEndpoint.TryParse(tooLong, out _, out string? problem).ShouldBeFalse();
        problem.ShouldContain("at most 107");
    }
}
