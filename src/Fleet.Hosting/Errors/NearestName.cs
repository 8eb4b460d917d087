namespace Fleet.Hosting.Errors;

/// <summary>Finds the legal name that a mistyped one was meant to be.</summary>
public static class NearestName
{
    /// <summary>The legal name nearest to <paramref name="name"/>, or null when none is near enough to be a likely typing error.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="legal">Legal names.</param>
    public static string? Of(string name, IEnumerable<string> legal)
    {
        (string Name, int Distance)? best = null;
        foreach (string candidate in legal)
        {
            int distance = candidate.StartsWith(name, StringComparison.Ordinal) && name.Length >= 3 ? 1 : Distance(name, candidate);
            if (distance < (best?.Distance ?? int.MaxValue))
            {
                best = (candidate, distance);
            }
        }

        // A third of the letters may differ: "lissten" is "listen", "foo" is nothing.
        return best is { } b && b.Distance <= Math.Max(1, name.Length / 3) ? b.Name : null;
    }

    /// <summary>A suffix for an error message: <c>; did you mean X?</c>, or nothing.</summary>
    public static string Suggestion(string name, IEnumerable<string> legal) =>
        Of(name, legal) is { } nearest ? $"; did you mean {nearest}?" : "";

    /// <summary>Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours, each counting 1.</summary>
    internal static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
