using Fleet.Testing;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>The program in a folder of its own, whose files can be replaced as a package manager does: each by a new file of its name.</summary>
internal sealed class ProgramCopy : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProgramCopy()
    {
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)));
        }
    }

    public string Dll => _folder.File("fleet.dll");

    public void Replace()
    {
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(Dll)!))
        {
            File.Copy(file, file + ".new");
            File.Move(file + ".new", file, overwrite: true);
        }
    }

    public void Dispose() => _folder.Dispose();
}
