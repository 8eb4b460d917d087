using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Tests.Sensors;

/// <summary>The management controller's power: Redfish over a real HTTPS server, IPMI over a recorded exchange.</summary>
public sealed class ManagementControllerTests : IAsyncDisposable
{
    private const string Power = """{"PowerControl":[{"PowerConsumedWatts":181.5}]}""";
    private readonly TemporaryFolder _folder = new();
    private WebApplication? _server;
    private string? _authorization;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task RedfishIsAskedOverTlsWithTheControllersOwnAuthority()
    {
        Uri address = await ServeAsync(Answer(200, Power), user: "root:c%40lvin@");
        CalibrationMeter meter = await AskAsync(address, _folder.File("ca.pem"));
        meter.Latest.ShouldNotBeNull().Watts.ShouldBe(181.5);
        meter.Reason.ShouldBe("");
        _authorization.ShouldBe("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("root:c@lvin")));
    }

    [Fact]
    public async Task ACertificateThatNobodyVouchesForIsRefused()
    {
        CalibrationMeter meter = await AskAsync(await ServeAsync(Answer(200, Power), user: "root:secret@"), authority: null);
        meter.Latest.ShouldBeNull();
        meter.Reason.ShouldContain("SSL");
        _authorization.ShouldBeNull("the password was not sent");
    }

    [Theory]
    [InlineData(401, "", "answers 401")]
    [InlineData(503, "busy", "answers 503")]
    [InlineData(302, "", "answers 302")]
    [InlineData(200, "<html>", "no JSON")]
    [InlineData(200, """{"PowerControl":[{"PowerConsumedWatts":0}]}""", "no server draws")]
    public async Task AnAnswerWithoutPowerIsAReasonAndNeverZero(int status, string body, string reason)
    {
        CalibrationMeter meter = await AskAsync(await ServeAsync(Answer(status, body)), _folder.File("ca.pem"));
        meter.Latest.ShouldBeNull();
        meter.Reason.ShouldContain(reason);
    }

    [Fact]
    public async Task IpmiIsAskedForTheDcmiPowerReading()
    {
        _folder.Write("dev/ipmi0", "");
        string? path = null;
        IpmiRequest? asked = null;
        byte[] answer = Convert.FromHexString("00DC78005000F0007D0000000000E803000040");
        using CalibrationMeter meter = CalibrationMeters.Ipmi(Options(), TimeProvider.System, (device, request) =>
        {
            (path, asked) = (device, request);
            return answer;
        });
        await meter.AskOnceAsync(Ct);
        meter.Latest.ShouldNotBeNull().Watts.ShouldBe(120);
        path.ShouldBe(_folder.File("dev/ipmi0"));
        (asked!.NetFunction, asked.Command).ShouldBe(((byte)0x2C, (byte)0x02));
        asked.Data.ShouldBe([0xDC, 1, 0, 0]);

        answer = Convert.FromHexString("C1");
        await meter.AskOnceAsync(Ct);
        meter.Latest.ShouldBeNull("an answer that went away is unknown");
        meter.Reason.ShouldContain("0xc1");
    }

    [Fact]
    public async Task ADeviceThatIsNoControllerIsAReason()
    {
        _folder.Write("dev/ipmi0", "");
        using CalibrationMeter meter = CalibrationMeters.Ipmi(Options(), TimeProvider.System);
        await meter.AskOnceAsync(Ct);
        meter.Latest.ShouldBeNull();
        meter.Reason.ShouldContain("ioctl");
    }

    [Fact]
    public void WithoutTheDeviceTheDriverIsNamed()
    {
        using CalibrationMeter meter = CalibrationMeters.Ipmi(Options(), TimeProvider.System);
        meter.Present.ShouldBeFalse();
        meter.Reason.ShouldContain("modprobe ipmi_devintf");
    }

    private AgentOptions Options() => new() { Device = "dev0", DevRoot = _folder.File("dev") };

    private async Task<CalibrationMeter> AskAsync(Uri address, string? authority)
    {
        using CalibrationMeter meter = CalibrationMeters.Redfish(
            Options() with { RedfishPower = address, RedfishAuthority = authority }, TimeProvider.System);
        await meter.AskOnceAsync(Ct);
        return meter;
    }

    private static Func<HttpContext, Task> Answer(int status, string body) => http =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers.Location = status == 302 ? "http://127.0.0.1:9/" : default;
        return http.Response.WriteAsync(body);
    };

    private async Task<Uri> ServeAsync(Func<HttpContext, Task> answer, string user = "")
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=bmc", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _folder.Write("ca.pem", certificate.ExportCertificatePem());

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        _server = builder.Build();
        _server.Run(http =>
        {
            _authorization = http.Request.Headers.Authorization;
            return answer(http);
        });
        await _server.StartAsync(Ct);
        return new Uri(_server.Urls.Single().Replace("https://", "https://" + user, StringComparison.Ordinal) + "/redfish/v1/Chassis/1/Power");
    }
}
