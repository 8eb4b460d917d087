using System.Text;
using Fleet.Controller.Grains;

namespace Fleet.Controller.Admin;

/// <summary>Cuts lists into pages. A token names the last item of its page and the list that it belongs to, so no page is kept here.</summary>
internal static class Pages
{
    /// <summary>Largest page, and the page that is meant without a size.</summary>
    public const int Largest = 1000;

    /// <summary>One page of items whose keys ascend in ordinal order.</summary>
    /// <param name="items">All items with their keys.</param>
    /// <param name="list">Names the list with its filters: a token of another one is refused.</param>
    /// <param name="size">Page size as asked for.</param>
    /// <param name="token">Token as asked for.</param>
    /// <param name="standard">Page size that is meant by 0.</param>
    /// <exception cref="FleetFault">The size or the token is illegal.</exception>
    public static (IReadOnlyList<T> Items, string NextToken) Of<T>(
        IEnumerable<(string Key, T Item)> items, string list, uint size, string token, int standard = Largest)
    {
        string? after = null;
        SpecValidation.Require(
            (size <= Largest, "page_size", size, $"1 to {Largest}, or 0 for {standard}"),
            (token.Length == 0 || TryRead(token, list, out after), "page_token", token, "next_page_token of this list's page before, or empty"));
        int wanted = size == 0 ? standard : (int)size;
        (string Key, T Item)[] page =
            [.. items.SkipWhile(i => after is not null && string.CompareOrdinal(i.Key, after) <= 0).Take(wanted + 1)];
        return page.Length <= wanted
            ? ([.. page.Select(i => i.Item)], "")
            : ([.. page[..wanted].Select(i => i.Item)], Write(list, page[wanted - 1].Key));
    }

    private static string Write(string list, string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{list}\n{key}"));

    private static bool TryRead(string token, string list, out string? key)
    {
        Span<byte> bytes = new byte[token.Length];
        string text = Convert.TryFromBase64String(token, bytes, out int length) ? Encoding.UTF8.GetString(bytes[..length]) : "";
        bool legal = text.StartsWith(list + "\n", StringComparison.Ordinal);
        key = legal ? text[(list.Length + 1)..] : null;
        return legal;
    }
}
