using System.Net;
using System.Text;
using Fleet.Deploy.Tests.Support;

namespace Fleet.Deploy.Tests.Page;

/// <summary>Other sites, other names and other people cannot use the page.</summary>
public class PageGuardTests(MiniFleet fleet)
{
    private static readonly HttpClient Client = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("Host", "evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Data_is_not_given_to(string header, string value)
    {
        SkipWithout();
        (HttpStatusCode status, string body) = await SendAsync(HttpMethod.Get, "/api/fleet", (header, value));
        status.ShouldBe(HttpStatusCode.Forbidden);
        body.ShouldNotContain("pools");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_change_from_another_origin_is_refused_even_with_the_token()
    {
        SkipWithout();
        (HttpStatusCode status, string body) = await PauseAsync(("Origin", "http://evil.example"), ("X-Fleet-Page", "1"), Token);
        status.ShouldBe(HttpStatusCode.Forbidden);
        body.ShouldContain("origin 'http://evil.example' is not this page");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_form_of_another_site_cannot_set_the_header_that_a_change_needs()
    {
        SkipWithout();
        (await PauseAsync(Token)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await PauseAsync(("X-Fleet-Page", "1"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await PauseAsync(("X-Fleet-Page", "1"), ("Authorization", "Bearer wrong-wrong-wrong-wrong"))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(HttpMethod.Get, "/api/pools/web/pause", Token)).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/api/pools/nowhere/pause", "{\"paused\":true}", HttpStatusCode.NotFound, "nowhere")]
    [InlineData("/api/pools/web/pause", "nonsense", HttpStatusCode.BadRequest, "JSON")]
    [InlineData("/api/pools/web/nodes/ghost/drain", "{}", HttpStatusCode.NotFound, "ghost")]
    public async Task Bad_input_is_told_in_words(string path, string body, HttpStatusCode expected, string word)
    {
        SkipWithout();
        using HttpRequestMessage request = Request(HttpMethod.Post, path, [("X-Fleet-Page", "1"), Token]);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Client.SendAsync(request, Stop);
        answer.StatusCode.ShouldBe(expected);
        (await answer.Content.ReadAsStringAsync(Stop)).ShouldContain(word, Case.Insensitive);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_secret_is_shown_anywhere()
    {
        SkipWithout();
        string[] addresses = [fleet.Page + "/", fleet.Page + "/page.js", fleet.Page + "/api/fleet", fleet.Page + "/api/pools/web",
            fleet.Page + "/api/pools/web/nodes/n0", .. fleet.Scraped.Select(s => $"http://{s.Address}/metrics")];
        foreach (string address in addresses)
        {
            (await Client.GetStringAsync(address, Stop)).ShouldNotContain(MiniFleet.Token, customMessage: address);
        }
    }

    private static (string Name, string Value) Token => ("Authorization", $"Bearer {MiniFleet.Token}");

    private Task<(HttpStatusCode Status, string Body)> PauseAsync(params (string, string)[] headers) =>
        SendAsync(HttpMethod.Post, "/api/pools/web/pause", headers);

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(method, path, headers);
        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent("{\"paused\":false}", Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage answer = await Client.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop));
    }

    private HttpRequestMessage Request(HttpMethod method, string path, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, fleet.Page + path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private void SkipWithout() => Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
}
