namespace Fleet.Core;
