using System.Text;
using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class ItemCatalogTests
{
    private readonly ItemCatalog _items = new(5_000);

    [Fact]
    public void KeysAreLegalAndDistinct()
    {
        var seen = new HashSet<string>();
        for (int i = 0; i < _items.Count; i++)
        {
            string key = Encoding.ASCII.GetString(_items.Key(i));
            seen.Add(key).ShouldBeTrue(key);
            key.Length.ShouldBeInRange(EtcSizes.MinKeyBytes, EtcSizes.MaxKeyBytes);
            key.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c));
        }
    }

    [Fact]
    public void AnItemDependsOnItsIndexAlone()
    {
        var fewer = new ItemCatalog(10);
        for (int i = 0; i < fewer.Count; i++)
        {
            fewer.Reply(i).SequenceEqual(_items.Reply(i)).ShouldBeTrue();
        }
    }

    [Fact]
    public void AValueIsItsKeyOverAndOver()
    {
        for (int i = 0; i < _items.Count; i++)
        {
            ReadOnlySpan<byte> key = _items.Key(i), value = _items.Value(i);
            for (int at = 0; at < value.Length; at += key.Length)
            {
                int length = Math.Min(key.Length, value.Length - at);
                value.Slice(at, length).SequenceEqual(key[..length]).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void RequestsAndReplySpeakTheProtocol()
    {
        int item = Enumerable.Range(0, _items.Count).First(i => _items.Value(i).Length is > 20 and < 100);
        string key = Encoding.ASCII.GetString(_items.Key(item)), value = Encoding.ASCII.GetString(_items.Value(item));
        byte[] buffer = new byte[1024];

        Encoding.ASCII.GetString(buffer, 0, _items.WriteGet(item, buffer)).ShouldBe($"get {key}\r\n");
        Encoding.ASCII.GetString(buffer, 0, _items.WriteSet(item, buffer)).ShouldBe($"set {key} 0 0 {value.Length}\r\n{value}\r\n");
        Encoding.ASCII.GetString(_items.Reply(item)).ShouldBe($"VALUE {key} 0 {value.Length}\r\n{value}\r\nEND\r\n");
    }

    [Fact]
    public void ARequestThatDoesNotFitIsNotWritten()
    {
        _items.WriteGet(0, new byte[_items.Key(0).Length + 5]).ShouldBe(0);
        _items.WriteSet(0, new byte[_items.Key(0).Length]).ShouldBe(0);
    }
}
