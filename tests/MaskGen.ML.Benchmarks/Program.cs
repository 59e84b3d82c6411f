using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

if (args is ["kernels"]) { KernelScratch.Run(); return 0; }
BenchmarkSwitcher.FromAssembly(typeof(KernelScratch).Assembly).Run(args);
return 0;
