using Fleet.Cli;
using Fleet.Cli.Services;

return await CommandLine.RunAsync(args, Console.Out, Console.Error, AgentImage.Become);
