using System.Net.Http.Headers;
using System.Text;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The calibration meters of a host: its management controller by IPMI and by Redfish.</summary>
internal static class CalibrationMeters
{
    private const string IpmiName = "ipmi-dcmi";
    private const string RedfishName = "redfish";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal static CalibrationMeter Ipmi(AgentOptions options, TimeProvider time)
    {
        string device = Path.Combine(options.DevRoot, "ipmi0");
        string? absent = File.Exists(device) ? null
            : $"'{device}' does not exist: no management controller, or its driver is not loaded (modprobe ipmi_devintf ipmi_si)";
        return new CalibrationMeter(
            IpmiName, "ipmi", absent,
            _ => Task.FromResult(DcmiPower.Parse(IpmiDevice.Ask(device, DcmiPower.NetFunction, DcmiPower.Command, DcmiPower.Request))), time);
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
            using var client = new HttpClient { Timeout = Patience };
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
}
