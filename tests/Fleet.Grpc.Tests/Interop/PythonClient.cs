using Fleet.Grpc.Tests.Protos;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>Debian's python3-grpcio. Its messages come from the descriptors that the C# code carries, so nothing is generated.</summary>
public sealed class PythonClient : OfficialClient
{
    private const string Python = "/usr/bin/python3";

    protected override async Task<string?> MissingAsync() => await Command.WorksAsync(Python, "-c", "import grpc, google.protobuf")
        ? null
        : "/usr/bin/python3 has no grpc (Debian packages python3-grpcio and python3-protobuf)";

    protected override async Task<string> RunAsync(string authority)
    {
        string descriptors = Path.Combine(Directory.CreateTempSubdirectory("fleet-python").FullName, "descriptors.bin");
        try
        {
            await File.WriteAllBytesAsync(descriptors, Descriptors().ToByteArray());
            return await Command.RunAsync(Python, [Path.Combine(Folder, "Interop", "python", "client.py"), authority, descriptors]);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(descriptors)!, recursive: true);
        }
    }

    private static FileDescriptorSet Descriptors()
    {
        FileDescriptor[] files =
        [
            ProbeReflection.Descriptor,
            global::Grpc.Health.V1.HealthReflection.Descriptor,
            global::Grpc.Reflection.V1.ReflectionReflection.Descriptor,
            global::Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor,
        ];
        return new FileDescriptorSet { File = { files.Select(file => FileDescriptorProto.Parser.ParseFrom(file.SerializedData)) } };
    }
}

/// <summary>The scenarios as the Python client sees them.</summary>
public sealed class PythonTests(PythonClient client) : OfficialClientTests<PythonClient>(client);
