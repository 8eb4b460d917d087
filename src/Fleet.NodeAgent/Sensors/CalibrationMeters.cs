using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The calibration meters of a host: its management controller by IPMI and by Redfish.</summary>
internal static class CalibrationMeters
{
    private const string IpmiName = "ipmi-dcmi";
    private const string RedfishName = "redfish";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Power by IPMI DCMI.</summary>
    /// <param name="options">Where devices are.</param>
    /// <param name="time">Clock.</param>
    /// <param name="ask">Sends one request to the device of a path and returns its answer; null: the kernel's interface.</param>
    internal static CalibrationMeter Ipmi(AgentOptions options, TimeProvider time, Func<string, IpmiRequest, byte[]>? ask = null)
    {
        ask ??= IpmiDevice.Ask;
        string device = Path.Combine(options.DevRoot, "ipmi0");
        string? absent = File.Exists(device) ? null
            : $"'{device}' does not exist: no management controller, or its driver is not loaded (modprobe ipmi_devintf ipmi_si)";
        return new CalibrationMeter(
            IpmiName, "ipmi", absent,
            _ => Task.FromResult(DcmiPower.Parse(ask(device, DcmiPower.Request))), time);
    }

    internal static CalibrationMeter Redfish(AgentOptions options, TimeProvider time)
    {
        if (options.RedfishPower is not { } address)
        {
            return new CalibrationMeter(
                RedfishName, "redfish", "no address given; --redfish names the management controller's power resource",
                _ => Task.FromResult<(double?, string)>((null, "")), time);
        }

        return new CalibrationMeter(RedfishName, "redfish", null, async ct =>
        {
            using HttpClient client = Client(options.RedfishAuthority);
            using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(address) { UserName = "", Password = "" }.Uri);
            if (address.UserInfo.Length > 0)
            {
                byte[] user = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo));
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(user));
            }

            using HttpResponseMessage answer = await client.SendAsync(request, ct);
            return answer.IsSuccessStatusCode
                ? RedfishPower.Parse(await answer.Content.ReadAsByteArrayAsync(ct))
                : (null, $"the management controller answers {(int)answer.StatusCode} {answer.ReasonPhrase}");
        }, time);
    }

    private static HttpClient Client(string? authority)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        if (authority is not null)
        {
            var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            try
            {
                trusted.CustomTrustStore.ImportFromPemFile(authority);
            }
            catch (CryptographicException e)
            {
                throw new IOException($"'{authority}' holds no certificate: {e.Message}", e);
            }

            handler.SslOptions.CertificateChainPolicy = trusted;
        }

        return new HttpClient(handler) { Timeout = Patience };
    }
}
