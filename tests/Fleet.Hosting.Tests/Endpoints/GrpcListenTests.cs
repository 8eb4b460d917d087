using System.Net.Sockets;
using Fleet.Grpc.Client;
using Fleet.Hosting.Endpoints;
using Fleet.Hosting.Errors;
using Fleet.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Tests.Endpoints;

public sealed class GrpcListenTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-listen").FullName;

    private string SocketPath => Path.Combine(_directory, "a.sock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory(Timeout = 30_000)]
    [InlineData("127.0.0.1:0")]
    [InlineData("localhost:0")]
    public async Task A_tcp_endpoint_serves_grpc(string text)
    {
        await using WebApplication app = await ServeAsync(ServiceEndpoint.Parse(text));
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await CallAsync(address);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_unix_socket_serves_grpc_and_a_second_server_is_refused()
    {
        var endpoint = ServiceEndpoint.Parse("unix:" + SocketPath);
        await using (await ServeAsync(endpoint))
        {
            await CallAsync(endpoint.Address);
            var refusal = await Should.ThrowAsync<StartupException>(() => ServeAsync(endpoint));
            refusal.Message.ShouldContain(SocketPath);
            refusal.Message.ShouldContain("another process listens there");
            await CallAsync(endpoint.Address);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task The_socket_file_of_a_dead_process_is_replaced()
    {
        // A socket removes the file that it was bound to when it closes; under another name the file stays, as after a kill.
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath + ".bound"));
            dead.Listen();
            File.Move(SocketPath + ".bound", SocketPath);
        }

        File.Exists(SocketPath).ShouldBeTrue();
        var endpoint = ServiceEndpoint.Parse("unix:" + SocketPath);
        await using WebApplication app = await ServeAsync(endpoint);
        await CallAsync(endpoint.Address);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_regular_file_is_never_removed()
    {
        await File.WriteAllTextAsync(SocketPath, "precious", TestContext.Current.CancellationToken);
        var refusal = await Should.ThrowAsync<StartupException>(() => ServeAsync(ServiceEndpoint.Parse("unix:" + SocketPath)));
        refusal.Message.ShouldContain("choose another path");
        (await File.ReadAllTextAsync(SocketPath, TestContext.Current.CancellationToken)).ShouldBe("precious");
    }

    [Fact]
    public async Task A_missing_directory_is_named()
    {
        var refusal = await Should.ThrowAsync<StartupException>(
            () => ServeAsync(ServiceEndpoint.Parse($"unix:{_directory}/none/a.sock")));
        refusal.Message.ShouldContain(_directory + "/none");
    }

    private static async Task<WebApplication> ServeAsync(ServiceEndpoint endpoint)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpc(endpoint));
        builder.Services.AddGrpc();
        WebApplication app = builder.Build();
        app.MapGrpcService<DescribingAgent>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task CallAsync(string address)
    {
        using var channel = FleetChannel.ForAddress(address);
        var client = new AgentService.AgentServiceClient(channel);
        DescribeResponse response = await client.DescribeAsync(
            new DescribeRequest(), cancellationToken: TestContext.Current.CancellationToken);
        response.NodeName.ShouldBe("described");
    }

    private sealed class DescribingAgent : AgentService.AgentServiceBase
    {
        public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context) =>
            Task.FromResult(new DescribeResponse { NodeName = "described" });
    }
}
