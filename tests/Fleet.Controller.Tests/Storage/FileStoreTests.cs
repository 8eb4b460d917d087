using Fleet.Controller.Storage;
using Fleet.Testing;

namespace Fleet.Controller.Tests.Storage;

public sealed class FileStoreTests : IDisposable
{
    private static readonly DocumentKey Key = new("things", "one");
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string PathOfKey => Path.Combine(_folder.Path, "things", "one.json");

    private sealed record Thing(string Name, int Count);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read_back_by_another_store()
    {
        string etag = await new FileStore(_folder.Path).WriteAsync(Key, new Thing("a", 1), null, Stop);
        StoredDocument<Thing>? read = await new FileStore(_folder.Path).ReadAsync<Thing>(Key, Stop);
        read.ShouldBe(new StoredDocument<Thing>(new Thing("a", 1), etag));
    }

    [Fact]
    public async Task Every_write_changes_the_etag_and_a_stale_etag_is_refused()
    {
        var store = new FileStore(_folder.Path);
        string first = await store.WriteAsync(Key, new Thing("a", 1), null, Stop);
        string second = await store.WriteAsync(Key, new Thing("a", 2), first, Stop);
        second.ShouldNotBe(first);
        await Should.ThrowAsync<EtagMismatchException>(() => store.WriteAsync(Key, new Thing("a", 3), first, Stop));
        await Should.ThrowAsync<EtagMismatchException>(() => store.WriteAsync(Key, new Thing("a", 3), null, Stop));
        (await store.ReadAsync<Thing>(Key, Stop))!.Value.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData((int)WritePoint.Begin, 1)]
    [InlineData((int)WritePoint.HalfWritten, 1)]
    [InlineData((int)WritePoint.Written, 1)]
    [InlineData((int)WritePoint.Flushed, 1)]
    [InlineData((int)WritePoint.Renamed, 2)]
    [InlineData((int)WritePoint.Durable, 2)]
    public async Task A_crash_at_any_point_of_a_write_leaves_the_old_document_or_the_new_one(int point, int expected)
    {
        string etag = await new FileStore(_folder.Path).WriteAsync(Key, new Thing("a", 1), null, Stop);
        var crashing = new FileStore(_folder.Path, at => Crash(at == (WritePoint)point));
        await Should.ThrowAsync<CrashException>(() => crashing.WriteAsync(Key, new Thing("a", 2), etag, Stop));

        var successor = new FileStore(_folder.Path);
        StoredDocument<Thing> read = (await successor.ReadAsync<Thing>(Key, Stop))!;
        read.Value.ShouldBe(new Thing("a", expected));
        (await successor.ListAsync("things", Stop)).ShouldBe(["one"]);
        await successor.WriteAsync(Key, new Thing("a", 3), read.Etag, Stop);
        (await successor.ReadAsync<Thing>(Key, Stop))!.Value.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"schema\":1,\"etag\":\"x\",\"value\":{}}")]
    [InlineData("{\"schema\":1,\"etag\":\"1\",\"value\":{\"name\":\"a\"}}")]
    [InlineData("{\"schema\":1,\"etag\":\"1\",\"value\":{\"name\":null,\"count\":1}}")]
    [InlineData("\0\0\0\0")]
    public async Task A_damaged_document_is_told_with_its_path_and_never_overwritten(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOfKey)!);
        await File.WriteAllTextAsync(PathOfKey, content, Stop);
        var store = new FileStore(_folder.Path);
        DocumentException damaged = await Should.ThrowAsync<DocumentException>(() => store.ReadAsync<Thing>(Key, Stop));
        damaged.Message.ShouldContain(PathOfKey);
        damaged.Message.ShouldContain("restore it from a backup");
        await Should.ThrowAsync<Exception>(() => store.WriteAsync(Key, new Thing("b", 1), null, Stop));
        (await File.ReadAllTextAsync(PathOfKey, Stop)).ShouldBe(content);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOfKey)!);
        await File.WriteAllTextAsync(
            PathOfKey, "{\"schema\":2,\"etag\":\"1\",\"value\":{}}", Stop);
        DocumentException newer = await Should.ThrowAsync<DocumentException>(() => new FileStore(_folder.Path).ReadAsync<Thing>(Key, Stop));
        newer.Message.ShouldContain("schema version 2 is newer");
    }

    [Fact]
    public async Task A_newer_schema_is_not_overwritten_either()
    {
        const string Newer = "{\"schema\":2,\"etag\":\"1\",\"value\":{}}";
        Directory.CreateDirectory(Path.GetDirectoryName(PathOfKey)!);
        await File.WriteAllTextAsync(PathOfKey, Newer, Stop);
        await Should.ThrowAsync<DocumentException>(() => new FileStore(_folder.Path).WriteAsync(Key, new Thing("a", 1), "1", Stop));
        (await File.ReadAllTextAsync(PathOfKey, Stop)).ShouldBe(Newer);
    }

    [Fact]
    public async Task A_proxy_of_the_first_schema_migrates_forward()
    {
        string path = Path.Combine(_folder.Path, "proxies", "p1.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(
            path,
            "{\"schema\":1,\"etag\":\"4\",\"value\":{\"proxyId\":\"p1\",\"control\":\"unix:/p1\",\"pendingRemovals\":[\"web\"]}}",
            Stop);
        var key = new DocumentKey(DocumentKinds.Proxies, "p1");
        StoredDocument<ProxyDocument> read = (await new FileStore(_folder.Path).ReadAsync<ProxyDocument>(key, Stop))!;
        read.Value.PendingRemovals.ShouldBe([new PendingRemoval("web", 0)]);
        await new FileStore(_folder.Path).WriteAsync(key, read.Value, read.Etag, Stop);
        (await File.ReadAllTextAsync(path, Stop)).ShouldContain("\"schema\": 2");
        (await new FileStore(_folder.Path).ReadAsync<ProxyDocument>(key, Stop))!.Value.PendingRemovals.ShouldBe(read.Value.PendingRemovals);
    }

    [Theory]
    [InlineData("../one")]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a/b")]
    [InlineData("a.b")]
    public async Task An_illegal_id_never_becomes_a_path(string id) => await Should.ThrowAsync<ArgumentException>(
        () => new FileStore(_folder.Path).WriteAsync(new DocumentKey("things", id), new Thing("a", 1), null, Stop));

    [Fact]
    public async Task A_deleted_document_is_gone()
    {
        var store = new FileStore(_folder.Path);
        await store.WriteAsync(Key, new Thing("a", 1), null, Stop);
        await store.DeleteAsync(Key, Stop);
        await store.DeleteAsync(Key, Stop);
        (await store.ReadAsync<Thing>(Key, Stop)).ShouldBeNull();
        (await store.ListAsync("things", Stop)).ShouldBeEmpty();
    }

    [Fact]
    public void A_second_holder_of_the_data_directory_is_refused_until_the_first_lets_go()
    {
        using (DataDirectoryLock.Take(_folder.Path))
        {
            Should.Throw<Fleet.Hosting.Errors.StartupException>(() => DataDirectoryLock.Take(_folder.Path))
                .Message.ShouldContain("another controller uses it");
        }

        DataDirectoryLock.Take(_folder.Path).Dispose();
    }

    private static void Crash(bool now)
    {
        if (now)
        {
            throw new CrashException();
        }
    }

    private sealed class CrashException : Exception;
}
