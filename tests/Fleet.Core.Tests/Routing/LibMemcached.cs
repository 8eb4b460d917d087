using System.Runtime.InteropServices;
using System.Text;
using Fleet.Core.Routing;

namespace Fleet.Core.Tests.Routing;

/// <summary>Debian's libmemcached as the judge of key placement; null when the library is not installed.</summary>
internal sealed class LibMemcached : IDisposable
{
    private const int BehaviorKetamaWeighted = 16;

    private readonly nint _library;
    private readonly nint _client;

    private LibMemcached(nint library)
    {
        _library = library;
        _client = Function<Create>("memcached_create")(0);
    }

    private delegate nint Create(nint memory);

    private delegate void Free(nint client);

    private delegate int SetBehavior(nint client, int behavior, ulong value);

    private delegate int AddServer(nint client, [MarshalAs(UnmanagedType.LPUTF8Str)] string host, ushort port, uint weight);

    private delegate uint GenerateHash(nint client, byte[] key, nuint length);

    public static LibMemcached? Open(IEnumerable<RouteNode> nodes)
    {
        if (!NativeLibrary.TryLoad("libmemcached.so.11", out nint library))
        {
            return null;
        }

        var judge = new LibMemcached(library);
        judge.Function<SetBehavior>("memcached_behavior_set")(judge._client, BehaviorKetamaWeighted, 1).ShouldBe(0);
        foreach (RouteNode node in nodes)
        {
            int colon = node.Address.LastIndexOf(':');
            judge.Function<AddServer>("memcached_server_add_with_weight")(
                judge._client, node.Address[..colon], ushort.Parse(node.Address[(colon + 1)..]), (uint)node.Weight).ShouldBe(0);
        }

        return judge;
    }

    /// <summary>Index of the server, in the order of adding, that libmemcached sends the key to.</summary>
    public int Find(string key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        return (int)Function<GenerateHash>("memcached_generate_hash")(_client, bytes, (nuint)bytes.Length);
    }

    public void Dispose()
    {
        Function<Free>("memcached_free")(_client);
        NativeLibrary.Free(_library);
    }

    private T Function<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));
}
